import type { Signal } from "@preact/signals";
import { plural } from "../format.ts";
import { Icon } from "../frame/icon.tsx";
import type { TraceList } from "./traces.ts";

/** How many traces match, and the ways to see newer ones. */
export function ListStatus({ list, live }: { list: TraceList; live: Signal<boolean> }) {
  const { loaded, total, busy, error, rows } = list.state.value;
  return (
    <div class="list-status">
      <span class="list-total" role="status">
        {error !== null && rows.length > 0 ? (
          <span class="error-text" title={error}>
            Could not refresh
          </span>
        ) : (
          loaded && plural(total, "trace")
        )}
      </span>
      <button
        type="button"
        class={`button quiet live${live.value ? " on" : ""}`}
        aria-pressed={live.value}
        title="Look for new traces every five seconds while this tab is visible"
        onClick={() => {
          live.value = !live.value;
        }}
      >
        <span class="live-dot" />
        Live
      </button>
      <button
        type="button"
        class={`icon-button${busy === "first" ? " busy" : ""}`}
        title="Refresh"
        aria-label="Refresh"
        onClick={() => void list.refresh()}
      >
        <Icon name="refresh" />
      </button>
    </div>
  );
}
