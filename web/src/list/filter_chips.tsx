import { formatExactTime } from "../format.ts";
import { Icon } from "../frame/icon.tsx";
import { FIELD_LABELS, type Filters, NO_FILTERS, TEXT_FIELDS } from "./filters.ts";

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

interface Chip {
  readonly label: string;
  readonly value: string;
  readonly without: Filters;
}

/** The filters in force, each with a button to drop it. */
export function FilterChips({ filters, onChange }: Props) {
  const chips = chipsOf(filters);
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters in force">
      {chips.map(({ label, value, without }) => (
        <li key={`${label} ${value}`} class="filter-chip">
          <span class="chip-label">{label}</span>
          <span class="chip-value" title={value}>
            {value}
          </span>
          <button type="button" aria-label={`Drop the filter ${label}: ${value}`} onClick={() => onChange(without)}>
            <Icon name="cross" />
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <button type="button" class="button quiet" onClick={() => onChange({ ...NO_FILTERS, search: filters.search })}>
            Clear
          </button>
        </li>
      )}
    </ul>
  );
}

function chipsOf(filters: Filters): Chip[] {
  const fields = TEXT_FIELDS.filter((field) => filters[field] !== "").map((field) => ({
    label: FIELD_LABELS[field],
    value: filters[field],
    without: { ...filters, [field]: "" },
  }));
  const tags = filters.tags.map((tag) => ({
    label: FIELD_LABELS.tag,
    value: tag,
    without: { ...filters, tags: filters.tags.filter((other) => other !== tag) },
  }));
  return [...timeChips(filters), ...fields, ...tags];
}

function timeChips(filters: Filters): Chip[] {
  if (filters.range !== "custom") return [];
  const times = [
    { label: "From", value: filters.fromTimestamp, rest: { ...filters, fromTimestamp: "" } },
    { label: "To", value: filters.toTimestamp, rest: { ...filters, toTimestamp: "" } },
  ];
  return times
    .filter(({ value }) => value !== "")
    .map(({ label, value, rest }) => ({ label, value: formatExactTime(value), without: withoutEmptyRange(rest) }));
}

function withoutEmptyRange(filters: Filters): Filters {
  return filters.fromTimestamp === "" && filters.toTimestamp === "" ? { ...filters, range: "any" } : filters;
}
