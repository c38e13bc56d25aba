import { useLayoutEffect, useState } from "preact/hooks";
const OVERSCAN_ROWS = 8;
/** Follows a scrolling element and returns which of its `count` rows, each `rowHeight` pixels high, to show. */
export function useRowWindow(viewport, count, rowHeight) {
    const [seen, setSeen] = useState({ from: 0, to: 64 });
    useLayoutEffect(() => {
        const element = viewport.current;
        if (!element)
            return undefined;
        const measure = () => setSeen((last) => sameOr(last, rowsInSight(element, rowHeight)));
        measure();
        element.addEventListener("scroll", measure, { passive: true });
        const resizes = new ResizeObserver(measure);
        resizes.observe(element);
        return () => {
            element.removeEventListener("scroll", measure);
            resizes.disconnect();
        };
    }, [viewport, rowHeight]);
    return { from: Math.min(seen.from, count), to: Math.min(seen.to, count) };
}
function rowsInSight(element, rowHeight) {
    const from = Math.max(0, Math.floor(element.scrollTop / rowHeight) - OVERSCAN_ROWS);
    // Always as many, wherever the border of the window cuts a row: elements are reused from one place to the next.
    return { from, to: from + Math.ceil(element.clientHeight / rowHeight) + 1 + 2 * OVERSCAN_ROWS };
}
function sameOr(last, next) {
    return last.from === next.from && last.to === next.to ? last : next;
}
/** Scrolls as little as it takes to bring a row into sight below a sticky head of `headHeight` pixels. */
export function revealRow(element, index, rowHeight, headHeight) {
    const top = index * rowHeight;
    const room = element.clientHeight - headHeight;
    if (top < element.scrollTop)
        element.scrollTop = Math.max(0, top - rowHeight);
    else if (top + rowHeight > element.scrollTop + room)
        element.scrollTop = top + 2 * rowHeight - room;
}
