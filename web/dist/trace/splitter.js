import { jsx as _jsx } from "preact/jsx-runtime";
import { useEffect, useState } from "preact/hooks";
const STORED_AS = "spanstone.split";
const INITIAL_PERCENT = 54;
const LEAST_PERCENT = 20;
const MOST_PERCENT = 80;
const KEY_PERCENT = 2;
/** Moves the border between the two panes; its place is remembered by the browser. */
export function Splitter({ panes }) {
    const [percent, setPercent] = useState(storedPercent);
    useEffect(() => {
        panes.current?.style.setProperty("--split", `${percent}%`);
        storePercent(percent);
    }, [percent]);
    const drag = (event) => {
        const box = panes.current?.getBoundingClientRect();
        if (!box || !event.currentTarget.hasPointerCapture(event.pointerId))
            return;
        setPercent(within(((event.clientX - box.left) / box.width) * 100));
    };
    const press = (event) => {
        const by = { ArrowLeft: -KEY_PERCENT, ArrowRight: KEY_PERCENT }[event.key];
        if (by === undefined)
            return;
        event.preventDefault();
        setPercent(within(percent + by));
    };
    return (_jsx("div", { class: "splitter", role: "separator", "aria-orientation": "vertical", "aria-label": "Width of the steps", "aria-valuenow": Math.round(percent), "aria-valuemin": LEAST_PERCENT, "aria-valuemax": MOST_PERCENT, tabIndex: 0, onPointerDown: (event) => event.currentTarget.setPointerCapture(event.pointerId), onPointerMove: drag, onKeyDown: press, onDblClick: () => setPercent(INITIAL_PERCENT) }));
}
function within(percent) {
    return Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, percent));
}
// Storage may be switched off; the border then starts in the same place every time.
function storedPercent() {
    try {
        const stored = Number(localStorage.getItem(STORED_AS) ?? NaN);
        return Number.isFinite(stored) ? within(stored) : INITIAL_PERCENT;
    }
    catch {
        return INITIAL_PERCENT;
    }
}
function storePercent(percent) {
    try {
        localStorage.setItem(STORED_AS, String(percent));
    }
    catch {
        return;
    }
}
