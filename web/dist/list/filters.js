// What a list of traces is narrowed to, as the address bar and the API spell it. Pure.
/** The filters with one text each, in the order of the form. */
export const TEXT_FIELDS = ["name", "userId", "sessionId", "environment"];
export const FIELD_LABELS = {
    name: "Name",
    userId: "User",
    sessionId: "Session",
    environment: "Environment",
    tag: "Tag",
};
export const NO_FILTERS = {
    search: "",
    range: "any",
    fromTimestamp: "",
    toTimestamp: "",
    name: "",
    userId: "",
    sessionId: "",
    environment: "",
    tags: [],
};
const HOUR_MS = 3_600_000;
const RANGE_MS = {
    "1h": HOUR_MS,
    "24h": 24 * HOUR_MS,
    "7d": 7 * 24 * HOUR_MS,
    "30d": 30 * 24 * HOUR_MS,
};
/** Reads the filters from an address; whatever it does not know, it leaves out. */
export function filtersFromUrl(query) {
    const text = (key) => query.get(key) ?? "";
    const fromTimestamp = isoOrEmpty(text("fromTimestamp"));
    const toTimestamp = isoOrEmpty(text("toTimestamp"));
    const custom = fromTimestamp !== "" || toTimestamp !== "";
    return {
        search: text("search"),
        range: custom ? "custom" : rangeFromUrl(text("range")),
        fromTimestamp,
        toTimestamp,
        name: text("name"),
        userId: text("userId"),
        sessionId: text("sessionId"),
        environment: text("environment"),
        tags: [...new Set(query.getAll("tag").filter((tag) => tag !== ""))],
    };
}
function rangeFromUrl(text) {
    return text in RANGE_MS ? text : "any";
}
function isoOrEmpty(text) {
    const time = Date.parse(text);
    return Number.isNaN(time) ? "" : new Date(time).toISOString();
}
/** Writes the filters for the address bar; an empty filter leaves no trace there. */
export function filtersToUrl(filters) {
    const query = sharedQuery(filters);
    if (filters.range in RANGE_MS)
        query.set("range", filters.range);
    if (filters.range === "custom")
        setRange(query, filters.fromTimestamp, filters.toTimestamp);
    return query;
}
/** Writes the filters as the API's parameters; `now` is what "the last hour" ends at. */
export function filtersToQuery(filters, now) {
    const query = sharedQuery(filters);
    const length = RANGE_MS[filters.range];
    if (length !== undefined)
        setRange(query, new Date(now - length).toISOString(), "");
    if (filters.range === "custom")
        setRange(query, filters.fromTimestamp, filters.toTimestamp);
    return query;
}
function sharedQuery(filters) {
    const query = new URLSearchParams();
    for (const field of ["search", ...TEXT_FIELDS]) {
        const text = filters[field].trim();
        if (text !== "")
            query.set(field, text);
    }
    for (const tag of filters.tags)
        query.append("tag", tag);
    return query;
}
function setRange(query, from, to) {
    if (from !== "")
        query.set("fromTimestamp", from);
    if (to !== "")
        query.set("toTimestamp", to);
}
/** How many filters beside search and time narrow the list. */
export function countFields(filters) {
    return TEXT_FIELDS.filter((field) => filters[field].trim() !== "").length + filters.tags.length;
}
/** Whether anything narrows the list. */
export function isFiltered(filters) {
    return filtersToUrl(filters).size > 0;
}
