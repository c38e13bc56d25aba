import { Failure, Notice, Skeleton } from "../frame/notice.tsx";
import { type Filters, NO_FILTERS, isFiltered } from "./filters.ts";
import { FirstTrace } from "./first_trace.tsx";
import { TraceTable } from "./trace_table.tsx";
import type { TraceList } from "./traces.ts";

interface Props {
  projectId: string;
  list: TraceList;
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** The traces, or why there are none. */
export function ListBody({ projectId, list, filters, onChange }: Props) {
  const { rows, loaded, error } = list.state.value;
  if (rows.length > 0) return <TraceTable projectId={projectId} list={list} filters={filters} onChange={onChange} />;
  if (error !== null) return <Failure title="The traces could not be read" message={error} retry={() => void list.refresh()} />;
  if (!loaded) return <Skeleton rows={12} />;
  if (!isFiltered(filters)) return <FirstTrace />;
  return (
    <Notice title="No traces match">
      <p>Nothing in this project fits all of the filters.</p>
      <button type="button" class="button" onClick={() => onChange(NO_FILTERS)}>
        Clear filters
      </button>
    </Notice>
  );
}
