import { useEffect, useRef } from "preact/hooks";
import { FIELD_LABELS, type Filters, TEXT_FIELDS } from "./filters.ts";

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
  onClose: () => void;
}

/** The filters beside search, as a small form; Escape and a click elsewhere close it. */
export function FilterForm({ filters, onChange, onClose }: Props) {
  const form = useRef<HTMLFormElement>(null);
  useFocusUntilLeft(form, onClose);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onChange(readForm(new FormData(event.currentTarget as HTMLFormElement), filters));
    onClose();
  };
  return (
    <form class="popover filter-form" ref={form} onSubmit={submit}>
      {TEXT_FIELDS.map((field) => (
        <label key={field}>
          {FIELD_LABELS[field]}
          <input name={field} defaultValue={filters[field]} autocomplete="off" />
        </label>
      ))}
      <label>
        Tags
        <input name="tags" defaultValue={filters.tags.join(", ")} placeholder="all of these, with commas" autocomplete="off" />
      </label>
      <label>
        From
        <input name="from" type="datetime-local" step="1" defaultValue={localTime(filters.fromTimestamp)} />
      </label>
      <label>
        To
        <input name="to" type="datetime-local" step="1" defaultValue={localTime(filters.toTimestamp)} />
      </label>
      <div class="form-actions">
        <button type="button" class="button quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button primary">
          Apply
        </button>
      </div>
    </form>
  );
}

function readForm(data: FormData, before: Filters): Filters {
  const text = (name: string): string => String(data.get(name) ?? "").trim();
  const fromTimestamp = isoTime(text("from"));
  const toTimestamp = isoTime(text("to"));
  const custom = fromTimestamp !== "" || toTimestamp !== "";
  return {
    search: before.search,
    range: custom ? "custom" : before.range === "custom" ? "any" : before.range,
    fromTimestamp,
    toTimestamp,
    name: text("name"),
    userId: text("userId"),
    sessionId: text("sessionId"),
    environment: text("environment"),
    tags: [...new Set(text("tags").split(",").map((tag) => tag.trim()).filter((tag) => tag !== ""))],
  };
}

function isoTime(local: string): string {
  const time = Date.parse(local);
  return Number.isNaN(time) ? "" : new Date(time).toISOString();
}

// What a datetime-local field wants: the reader's own zone, to the second.
function localTime(iso: string): string {
  if (iso === "") return "";
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function useFocusUntilLeft(form: { current: HTMLElement | null }, onClose: () => void): void {
  useEffect(() => {
    form.current?.querySelector("input")?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") onClose();
    };
    const onPress = (event: PointerEvent): void => {
      const anchor = form.current?.parentElement;
      if (event.target instanceof Node && !anchor?.contains(event.target)) onClose();
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
    };
  }, []);
}
