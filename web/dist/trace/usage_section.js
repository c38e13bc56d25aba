import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { NOTHING, formatExactCost, formatExactCount } from "../format.js";
import { useCost } from "./costs.js";
/** What was used of what, at which price, and what each part cost. The total comes last, then where all that comes from. */
export function UsageSection({ projectId, observationId, usage, costs, total }) {
    const report = useCost(projectId, observationId);
    const parts = partsOf(report);
    const costNames = Object.keys(costs).filter((name) => !parts.some((part) => part.costName === name));
    const names = [...new Set([...Object.keys(usage), ...costNames])].filter((name) => name !== "total");
    const used = usage["total"];
    const cost = costs["total"] ?? total;
    if (names.length === 0 && used === undefined)
        return null;
    return (_jsxs("section", { class: "section", children: [_jsx("h3", { children: "Usage and cost" }), _jsxs("table", { class: "usage", children: [_jsx("thead", { children: _jsxs("tr", { children: [_jsx("th", { scope: "col", children: "Kind" }), _jsx("th", { scope: "col", children: "Amount" }), parts.length > 0 && _jsx("th", { scope: "col", children: "Per million" }), _jsx("th", { scope: "col", children: "Cost" })] }) }), _jsx("tbody", { children: names.map((name) => (_jsx(UsageRow, { name: name, amount: usage[name], cost: costs[name], parts: parts }, name))) }), _jsx("tfoot", { children: _jsx(UsageRow, { name: "total", amount: used, cost: cost ?? undefined, parts: parts }) })] }), report && _jsx(Source, { report: report })] }));
}
function UsageRow({ name, amount, cost, parts }) {
    const part = parts.find((one) => one.usage === name);
    const paid = part?.cost ?? cost;
    return (_jsxs("tr", { children: [_jsx("th", { scope: "row", children: name }), _jsx("td", { children: amount === undefined ? NOTHING : formatExactCount(amount) }), parts.length > 0 && _jsx("td", { title: part && priceTitle(part, amount), children: part ? `$${part.pricePerMillion}` : NOTHING }), _jsx("td", { children: paid === undefined ? NOTHING : formatExactCost(paid) })] }));
}
/** What the price is of, and of how much, where that is not what the row says already. */
function priceTitle(part, amount) {
    const units = `${formatExactCount(part.units)} × $${part.unitPrice}`;
    const of = part.priceOf === part.usage ? "" : `, the price of ${part.priceOf}`;
    const rest = part.units === amount ? "" : `; the rest of ${formatExactCount(amount ?? 0)} is counted in another row`;
    return units + of + rest;
}
/** Where usage and cost come from, and which price it was. */
function Source({ report }) {
    return (_jsxs("p", { class: "usage-source", children: [SOURCES[report.source], report.today && isPriced(report) && (_jsxs(_Fragment, { children: [" ", "by ", _jsx("span", { title: `matches ${report.today.matchPattern}`, children: report.today.modelName }), ", ", report.today.tierName, report.today.decidedBy.map((one) => ` (${one.condition}: ${one.found})`)] })), report.isOutdated && (_jsxs(_Fragment, { children: [" ", "Today\u2019s prices say ", report.today?.total == null ? "nothing" : formatExactCost(report.today.total), "."] }))] }));
}
const SOURCES = {
    provided: "The application said what it cost.",
    computed: "Priced",
    counted: "Tokens counted here, priced",
    unknown: "There is no price for this.",
};
/** Whether the prices that are known are those that the cost was computed with. */
function isPriced(report) {
    return (report.source === "computed" || report.source === "counted") && !report.isOutdated;
}
function partsOf(report) {
    return report?.today && isPriced(report) ? report.today.parts : [];
}
