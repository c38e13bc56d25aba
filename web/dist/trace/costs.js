// Why a step cost what it did: asked for when it is shown, kept while the trace is open.
import { useEffect, useState } from "preact/hooks";
import { readCost } from "../api/client.js";
/** How many are kept. */
const KEPT = 200;
const known = new Map();
/** The report on a step's cost; null until it is there, and where it cannot be had: the page says less then. */
export function useCost(projectId, id) {
    const key = `${projectId}/${id}`;
    const [report, setReport] = useState(null);
    useEffect(() => {
        if (known.has(key))
            return undefined;
        const closing = new AbortController();
        readCost(projectId, id, closing.signal).then((read) => {
            keep(key, read);
            setReport({ key, report: read });
        }, () => undefined);
        return () => closing.abort();
    }, [projectId, id, key]);
    return known.get(key) ?? (report?.key === key ? report.report : null);
}
function keep(key, report) {
    known.set(key, report);
    const oldest = known.keys().next();
    if (known.size > KEPT && !oldest.done)
        known.delete(oldest.value);
}
