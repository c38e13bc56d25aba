// The observations of a trace with their payloads: read when one is selected, kept while the trace is open.
import { useEffect, useState } from "preact/hooks";
import { isAborted, messageOf, readObservation } from "../api/client.ts";
import type { ObservationDetail } from "../api/types.ts";
import { leavesSession } from "../session.ts";

/** How many are kept; a step can weigh megabytes. */
const KEPT = 40;

/** A pause before asking, so that an arrow key held down asks only where it stops. */
const PAUSE_MS = 90;

export type Reading =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly detail: ObservationDetail }
  | { readonly status: "failed"; readonly message: string };

/** What was read, in order of use. */
export type ObservationCache = Map<string, ObservationDetail>;

/** Reads an observation, or takes it from the cache; `again` asks once more after a failure. */
export function useObservation(
  projectId: string,
  id: string,
  cache: ObservationCache,
): { reading: Reading; again: () => void } {
  const [attempt, setAttempt] = useState(0);
  const [read, setRead] = useState<{ id: string; reading: Reading } | null>(null);
  useEffect(() => {
    if (cache.has(id)) return undefined;
    setRead(null);
    const closing = new AbortController();
    const timer = setTimeout(() => void fetchInto(closing.signal), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      closing.abort();
    };
    async function fetchInto(signal: AbortSignal): Promise<void> {
      const reading = await fetchOne(projectId, id, signal);
      if (reading === null) return;
      if (reading.status === "ready") keep(cache, id, reading.detail);
      setRead({ id, reading });
    }
  }, [projectId, id, cache, attempt]);
  const kept = cache.get(id);
  const reading: Reading = kept ? { status: "ready", detail: kept } : read?.id === id ? read.reading : { status: "loading" };
  return { reading, again: () => setAttempt(attempt + 1) };
}

async function fetchOne(projectId: string, id: string, signal: AbortSignal): Promise<Reading | null> {
  try {
    return { status: "ready", detail: await readObservation(projectId, id, signal) };
  } catch (error) {
    if (isAborted(error) || leavesSession(error)) return null;
    return { status: "failed", message: messageOf(error) };
  }
}

function keep(cache: ObservationCache, id: string, detail: ObservationDetail): void {
  cache.delete(id);
  cache.set(id, detail);
  const oldest = cache.keys().next();
  if (cache.size > KEPT && !oldest.done) cache.delete(oldest.value);
}
