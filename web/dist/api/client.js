const ROOT = "/api/spanstone/v1";
/** Why a call failed: an answer's status, or 0 when no answer came. */
export class ApiError extends Error {
    status;
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}
export function readSession() {
    return call("/session");
}
export function signIn(email, password) {
    return call("/session", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email, password }),
    });
}
export function signOut() {
    return call("/session", { method: "DELETE" });
}
/** Returns a page of traces, the newest first; `query` holds the API's own parameters. */
export function readTraces(projectId, query, signal) {
    return call(`${project(projectId)}/traces?${query}`, withSignal(signal));
}
export function readTrace(projectId, traceId, signal) {
    return call(`${project(projectId)}/traces/${encodeURIComponent(traceId)}`, withSignal(signal));
}
export function readObservation(projectId, observationId, signal) {
    return call(`${project(projectId)}/observations/${encodeURIComponent(observationId)}`, withSignal(signal));
}
/** Returns why an observation cost what it did. */
export function readCost(projectId, observationId, signal) {
    return call(`${project(projectId)}/observations/${encodeURIComponent(observationId)}/cost`, withSignal(signal));
}
/** Whether a call was given up because the page no longer wants its answer. */
export function isAborted(error) {
    return error instanceof DOMException && error.name === "AbortError";
}
/** Returns a sentence for people about whatever a call threw. */
export function messageOf(error) {
    return error instanceof Error ? error.message : String(error);
}
function project(projectId) {
    return `/projects/${encodeURIComponent(projectId)}`;
}
function withSignal(signal) {
    return signal ? { signal } : {};
}
// The server is the one authority on these shapes, so its answers are trusted, not checked again here.
async function call(path, init = {}) {
    const response = await send(path, init);
    if (!response.ok)
        throw new ApiError(response.status, await refusalText(response));
    return (await response.json());
}
async function send(path, init) {
    try {
        return await fetch(ROOT + path, { ...init, credentials: "same-origin" });
    }
    catch (error) {
        if (isAborted(error))
            throw error;
        throw new ApiError(0, "The server did not answer. Is it still running?");
    }
}
async function refusalText(response) {
    const answer = await response.json().catch(() => null);
    if (typeof answer === "object" && answer !== null && "message" in answer && typeof answer.message === "string") {
        return answer.message;
    }
    return `The server answered ${response.status} ${response.statusText}`.trim();
}
