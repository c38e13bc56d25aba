import { useState } from "preact/hooks";
import { plural } from "../format.ts";
import { Icon } from "../frame/icon.tsx";
import { TreeView } from "./tree_view.tsx";
import { findNodes } from "./tree.ts";
import type { OpenTrace, TraceView } from "./view.ts";

interface Props {
  view: TraceView;
  open: OpenTrace;
}

/** The steps of a trace with the tools to find one. */
export function TreePane({ view, open }: Props) {
  return (
    <section class="tree-pane" aria-label="Steps">
      <div class="pane-bar">
        <FindField view={view} open={open} />
        <span class="spacer" />
        <span class="pane-note">{plural(open.tree.nodes.length, "step")}</span>
        <button type="button" class="button quiet" onClick={() => view.foldAll(true)}>
          Fold all
        </button>
        <button type="button" class="button quiet" onClick={() => view.foldAll(false)}>
          Unfold all
        </button>
      </div>
      <TreeView view={view} open={open} />
    </section>
  );
}

// Enter goes to the next match, Shift+Enter to the one before, both around the ends.
function FindField({ view, open }: Props) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<readonly number[]>([]);
  const selected = view.selected.value;
  const current = selected === null ? -1 : (open.tree.indexById.get(selected) ?? -1);
  const place = found.indexOf(current);
  const search = (wanted: string): void => {
    setText(wanted);
    setFound(findNodes(open.tree, wanted));
  };
  const go = (direction: 1 | -1): void => {
    const index = neighbour(found, current, direction);
    const id = index === undefined ? undefined : open.tree.nodes[index]?.row.id;
    if (id !== undefined) view.select(id);
  };
  return (
    <label class="search control small">
      <Icon name="search" />
      <input
        type="search"
        placeholder="Find a step"
        aria-label="Find a step by name, id, type, model or message; Enter goes to the next"
        value={text}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && go(event.shiftKey ? -1 : 1)}
      />
      {text.trim() !== "" && (
        <span class="found" role="status">
          {place === -1 ? found.length : `${place + 1}/${found.length}`}
        </span>
      )}
    </label>
  );
}

function neighbour(found: readonly number[], current: number, direction: 1 | -1): number | undefined {
  if (direction === 1) return found.find((index) => index > current) ?? found[0];
  return found.findLast((index) => index < current) ?? found.at(-1);
}
