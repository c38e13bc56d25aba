import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../frame/icon.tsx";
import { FilterChips } from "./filter_chips.tsx";
import { FilterForm } from "./filter_form.tsx";
import { type Filters, type Range, countFields } from "./filters.ts";

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

const TYPING_PAUSE_MS = 250;

const RANGES: readonly (readonly [Range, string])[] = [
  ["any", "Any time"],
  ["1h", "Last hour"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
  ["custom", "Between…"],
];

/** Search, time range and the other filters, each as a chip once it is set. */
export function FilterBar({ filters, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const chooseRange = (range: Range): void => {
    if (range === "custom") setOpen(true);
    else onChange({ ...filters, range, fromTimestamp: "", toTimestamp: "" });
  };
  const count = countFields(filters);
  return (
    <div class="filter-bar">
      <SearchField filters={filters} onChange={onChange} />
      <select
        class="control choice"
        aria-label="Time range"
        value={filters.range}
        onChange={(event) => chooseRange(event.currentTarget.value as Range)}
      >
        {RANGES.map(([range, label]) => (
          <option key={range} value={range}>
            {label}
          </option>
        ))}
      </select>
      <div class="popover-anchor">
        <button type="button" class="button" aria-expanded={open} aria-label={count > 0 ? `Filter: ${count} set` : "Filter"} onClick={() => setOpen(!open)}>
          <Icon name="filter" />
          Filter
          {count > 0 && <span class="count">{count}</span>}
        </button>
        {open && <FilterForm filters={filters} onChange={onChange} onClose={() => setOpen(false)} />}
      </div>
      <FilterChips filters={filters} onChange={onChange} />
    </div>
  );
}

// Its text is its own while someone types; the address follows after a pause.
function SearchField({ filters, onChange }: Props) {
  const [text, setText] = useState(filters.search);
  const latest = useRef({ filters, onChange });
  latest.current = { filters, onChange };
  useEffect(() => setText(filters.search), [filters.search]);
  useEffect(() => {
    if (text === latest.current.filters.search) return undefined;
    const timer = setTimeout(() => latest.current.onChange({ ...latest.current.filters, search: text }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="search control">
      <Icon name="search" />
      <input
        type="search"
        placeholder="Search id or name"
        aria-label="Search id or name"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}
