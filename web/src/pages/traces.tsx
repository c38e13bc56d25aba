import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { readTraces } from "../api/client.ts";
import { everyWhileVisible, now } from "../clock.ts";
import { useTitle } from "../frame/title.ts";
import { FilterBar } from "../list/filter_bar.tsx";
import { type Filters, filtersFromUrl, filtersToQuery, filtersToUrl, isFiltered } from "../list/filters.ts";
import { ListBody } from "../list/list_body.tsx";
import { ListStatus } from "../list/list_status.tsx";
import { createTraceList } from "../list/traces.ts";
import { place, replaceAddress, tracesPath } from "../router.ts";
import { leavesSession } from "../session.ts";

const PAGE_SIZE = "50";
const LIVE_MS = 5_000;

/** The traces of a project, newest first, narrowed by the filters in the address. */
export function TracesPage({ projectId }: { projectId: string }) {
  const live = useSignal(false);
  const key = place.value.query;
  const filters = useMemo(() => filtersFromUrl(new URLSearchParams(key)), [key]);
  const list = useMemo(() => openList(projectId, filters), [projectId, filters]);
  const { loaded, rows } = list.state.value;
  const waitsForFirst = loaded && rows.length === 0 && !isFiltered(filters);
  const follows = live.value || waitsForFirst;

  useTitle("Traces");
  useEffect(() => {
    void list.refresh();
    return () => list.close();
  }, [list]);
  useEffect(() => {
    if (!follows) return undefined;
    return everyWhileVisible(LIVE_MS, () => void list.refresh());
  }, [list, follows]);

  const change = (next: Filters): void => replaceAddress(tracesPath(projectId, filtersToUrl(next)));
  return (
    <div class="traces">
      <div class="list-bar">
        <FilterBar filters={filters} onChange={change} />
        <ListStatus list={list} live={live} />
      </div>
      <ListBody projectId={projectId} list={list} filters={filters} onChange={change} />
    </div>
  );
}

function openList(projectId: string, filters: Filters) {
  let from = Date.now();
  return createTraceList((cursor, signal) => {
    if (cursor === null) {
      from = Date.now();
      now.value = from;
    }
    const query = filtersToQuery(filters, from);
    query.set("limit", PAGE_SIZE);
    if (cursor !== null) query.set("cursor", cursor);
    return readTraces(projectId, query, signal);
  }, leavesSession);
}
