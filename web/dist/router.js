// Addresses: what a path shows, the path of a thing, and moving between them without loading the page again.
import { signal } from "@preact/signals";
/** Where the reader is; the back and forward buttons change it too. */
export const place = signal({ path: "/", query: "" });
/** Returns what a path shows. */
export function routeOf(path) {
    const [first, ...rest] = decodedParts(path) ?? ["?"];
    if (first === undefined)
        return { page: "home" };
    if (first === "sign-in" && rest.length === 0)
        return { page: "sign-in" };
    return first === "project" ? projectRoute(rest) : { page: "not-found" };
}
function projectRoute([projectId, section, id, ...rest]) {
    if (projectId === undefined || rest.length > 0)
        return { page: "not-found" };
    if (section === undefined)
        return { page: "traces", projectId };
    if (section === "traces")
        return id === undefined ? { page: "traces", projectId } : { page: "trace", projectId, traceId: id };
    if (section === "sessions" && id !== undefined)
        return { page: "session", projectId, sessionId: id };
    return { page: "not-found" };
}
// Ids may hold slashes, so a path is cut before it is decoded.
function decodedParts(path) {
    try {
        return path.split("/").filter((part) => part !== "").map(decodeURIComponent);
    }
    catch {
        return null;
    }
}
export function tracesPath(projectId, query) {
    return withQuery(`/project/${encodeURIComponent(projectId)}/traces`, query);
}
export function tracePath(projectId, traceId, observationId) {
    const query = observationId ? new URLSearchParams({ observation: observationId }) : undefined;
    return withQuery(`/project/${encodeURIComponent(projectId)}/traces/${encodeURIComponent(traceId)}`, query);
}
export function sessionPath(projectId, sessionId) {
    return `/project/${encodeURIComponent(projectId)}/sessions/${encodeURIComponent(sessionId)}`;
}
export function signInPath(next) {
    return withQuery("/sign-in", next === "/" ? undefined : new URLSearchParams({ next }));
}
function withQuery(path, query) {
    return query && query.size > 0 ? `${path}?${query}` : path;
}
/** Returns the path to go to after signing in: one of this server's own, whatever the address says. */
export function nextPath(query) {
    const next = new URLSearchParams(query).get("next") ?? "/";
    return /^\/(?![/\\])/.test(next) ? next : "/";
}
/** Goes to a path of the viewer; the page that is left stays behind the back button. */
export function navigate(path) {
    history.pushState(null, "", path);
    readAddress();
}
/** Changes the address in place: for what belongs to the same page, such as a filter or a selection. */
export function replaceAddress(path) {
    if (path === location.pathname + location.search)
        return;
    history.replaceState(null, "", path);
    readAddress();
}
/** Makes every link to a path of the viewer move without loading, and follows the back button. */
export function startRouter() {
    readAddress();
    addEventListener("popstate", readAddress);
    document.addEventListener("click", followLink);
}
function readAddress() {
    place.value = { path: location.pathname, query: location.search };
}
function followLink(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target !== "" || link.hash !== "" || link.origin !== location.origin)
        return;
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
        return;
    event.preventDefault();
    navigate(link.pathname + link.search);
}
