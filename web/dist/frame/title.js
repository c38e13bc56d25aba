import { useEffect } from "preact/hooks";
/** Names the page in the browser's tab and history. */
export function useTitle(title) {
    useEffect(() => {
        document.title = `${title} · Spanstone`;
    }, [title]);
}
