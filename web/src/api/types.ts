// The answers of `/api/spanstone/v1`, as the server writes them. Times of traces are ISO 8601 text, times of
// observations whole microseconds since 1970.

export interface SessionAnswer {
  readonly user: User | null;
  readonly projects: readonly Project[];
  readonly version: string;
}

export interface User {
  readonly email: string;
  readonly name: string | null;
}

export interface Project {
  readonly id: string;
  readonly name: string;
}

export interface TracePage {
  readonly data: readonly TraceRow[];
  /** Names the next page; absent on the last one. */
  readonly cursor?: string;
  /** How many traces match, on all pages together. */
  readonly total: number;
}

export interface TraceRow {
  readonly id: string;
  readonly name: string | null;
  readonly timestamp: string;
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly environment: string | null;
  readonly release: string | null;
  readonly version: string | null;
  readonly tags: readonly string[];
  readonly latencyMs: number | null;
  readonly totalCost: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly observationCount: number;
  readonly errorCount: number;
  readonly warningCount: number;
  readonly scores: readonly ScoreValue[];
}

export interface ScoreValue {
  readonly name: string;
  readonly value: number | string | boolean | null;
}

export interface TraceAnswer {
  readonly trace: TraceDetail;
  /** Without payloads, ordered by start. */
  readonly observations: readonly ObservationRow[];
  readonly scores: readonly Score[];
}

export interface TraceDetail extends TraceRow {
  readonly public: boolean;
  readonly metadata: Metadata;
  /** The stored text, JSON or not. */
  readonly input: string | null;
  /** The stored text, JSON or not. */
  readonly output: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type Metadata = Readonly<Record<string, unknown>>;

export type Level = "DEBUG" | "DEFAULT" | "WARNING" | "ERROR";

export interface ObservationRow {
  readonly id: string;
  /** The observation it is nested in, which need not exist. */
  readonly parentId: string | null;
  /** `SPAN`, `GENERATION`, … in the spelling of the wire. */
  readonly type: string;
  readonly name: string | null;
  readonly level: Level;
  readonly statusMessage: string | null;
  readonly start: number;
  readonly end: number | null;
  readonly completionStart: number | null;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly cost: number | null;
  readonly hasInput: boolean;
  readonly hasOutput: boolean;
}

export interface ObservationDetail extends ObservationRow {
  readonly traceId: string;
  readonly version: string | null;
  readonly environment: string | null;
  /** Whatever JSON the client sent; an object as a rule. */
  readonly modelParameters: unknown;
  readonly usage: Readonly<Record<string, number>>;
  readonly costs: Readonly<Record<string, number>>;
  readonly promptName: string | null;
  readonly promptVersion: number | null;
  /** The stored text, JSON or not. */
  readonly input: string | null;
  /** The stored text, JSON or not. */
  readonly output: string | null;
  readonly metadata: Metadata;
}

/** What a step cost, and why. */
export interface CostReport {
  readonly source: "provided" | "computed" | "counted" | "unknown";
  readonly total: number | null;
  /** Whether today's prices say something else. */
  readonly isOutdated: boolean;
  /** What today's prices say; null when there is no model of this name. */
  readonly today: CostExplanation | null;
}

export interface CostExplanation {
  readonly modelName: string;
  readonly matchPattern: string;
  readonly tierName: string | null;
  readonly decidedBy: readonly { readonly condition: string; readonly found: string }[];
  readonly parts: readonly CostPart[];
  readonly total: number | null;
}

/** Units times the price of one. */
export interface CostPart {
  readonly usage: string;
  readonly units: number;
  /** A decimal, as are all prices: none of its digits is lost. */
  readonly unitPrice: string;
  readonly pricePerMillion: string;
  /** What the price is for: another name of the same, or what it is billed as. */
  readonly priceOf: string;
  /** The name that the cost has among the costs of the step. */
  readonly costName: string;
  readonly cost: number;
}

export interface Score extends ScoreValue {
  readonly id: string;
  readonly dataType: string;
  readonly comment: string | null;
  readonly source: string;
  readonly observationId: string | null;
  readonly timestamp: string;
}
