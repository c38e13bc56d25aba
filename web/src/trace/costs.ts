// Why a step cost what it did: asked for when it is shown, kept while the trace is open.
import { useEffect, useState } from "preact/hooks";
import { readCost } from "../api/client.ts";
import type { CostReport } from "../api/types.ts";

/** How many are kept. */
const KEPT = 200;

const known = new Map<string, CostReport>();

/** The report on a step's cost; null until it is there, and where it cannot be had: the page says less then. */
export function useCost(projectId: string, id: string): CostReport | null {
  const key = `${projectId}/${id}`;
  const [report, setReport] = useState<{ key: string; report: CostReport } | null>(null);
  useEffect(() => {
    if (known.has(key)) return undefined;
    const closing = new AbortController();
    readCost(projectId, id, closing.signal).then(
      (read) => {
        keep(key, read);
        setReport({ key, report: read });
      },
      () => undefined,
    );
    return () => closing.abort();
  }, [projectId, id, key]);
  return known.get(key) ?? (report?.key === key ? report.report : null);
}

function keep(key: string, report: CostReport): void {
  known.set(key, report);
  const oldest = known.keys().next();
  if (known.size > KEPT && !oldest.done) known.delete(oldest.value);
}
