// The viewer's calls of `/api/spanstone/v1`. Every failure is an `ApiError` whose message can be shown.
import type { CostReport, ObservationDetail, SessionAnswer, TraceAnswer, TracePage } from "./types.ts";

const ROOT = "/api/spanstone/v1";

/** Why a call failed: an answer's status, or 0 when no answer came. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function readSession(): Promise<SessionAnswer> {
  return call("/session");
}

export function signIn(email: string, password: string): Promise<SessionAnswer> {
  return call("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
}

export function signOut(): Promise<unknown> {
  return call("/session", { method: "DELETE" });
}

/** Returns a page of traces, the newest first; `query` holds the API's own parameters. */
export function readTraces(projectId: string, query: URLSearchParams, signal?: AbortSignal): Promise<TracePage> {
  return call(`${project(projectId)}/traces?${query}`, withSignal(signal));
}

export function readTrace(projectId: string, traceId: string, signal?: AbortSignal): Promise<TraceAnswer> {
  return call(`${project(projectId)}/traces/${encodeURIComponent(traceId)}`, withSignal(signal));
}

export function readObservation(
  projectId: string,
  observationId: string,
  signal?: AbortSignal,
): Promise<ObservationDetail> {
  return call(`${project(projectId)}/observations/${encodeURIComponent(observationId)}`, withSignal(signal));
}

/** Returns why an observation cost what it did. */
export function readCost(projectId: string, observationId: string, signal?: AbortSignal): Promise<CostReport> {
  return call(`${project(projectId)}/observations/${encodeURIComponent(observationId)}/cost`, withSignal(signal));
}

/** Whether a call was given up because the page no longer wants its answer. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Returns a sentence for people about whatever a call threw. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function project(projectId: string): string {
  return `/projects/${encodeURIComponent(projectId)}`;
}

function withSignal(signal: AbortSignal | undefined): RequestInit {
  return signal ? { signal } : {};
}

// The server is the one authority on these shapes, so its answers are trusted, not checked again here.
async function call<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await send(path, init);
  if (!response.ok) throw new ApiError(response.status, await refusalText(response));
  return (await response.json()) as Answer;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(ROOT + path, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (isAborted(error)) throw error;
    throw new ApiError(0, "The server did not answer. Is it still running?");
  }
}

async function refusalText(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => null);
  if (typeof answer === "object" && answer !== null && "message" in answer && typeof answer.message === "string") {
    return answer.message;
  }
  return `The server answered ${response.status} ${response.statusText}`.trim();
}
