import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { NOTHING, formatExactCost, formatExactCount } from "../format.js";
/** What was used of what, and what each part cost. The total comes last. */
export function UsageSection({ usage, costs, total }) {
    const names = [...new Set([...Object.keys(usage), ...Object.keys(costs)])].filter((name) => name !== "total");
    const used = usage["total"];
    const cost = costs["total"] ?? total;
    if (names.length === 0 && used === undefined)
        return null;
    return (_jsxs("section", { class: "section", children: [_jsx("h3", { children: "Usage and cost" }), _jsxs("table", { class: "usage", children: [_jsx("thead", { children: _jsxs("tr", { children: [_jsx("th", { scope: "col", children: "Kind" }), _jsx("th", { scope: "col", children: "Amount" }), _jsx("th", { scope: "col", children: "Cost" })] }) }), _jsx("tbody", { children: names.map((name) => (_jsx(UsageRow, { name: name, amount: usage[name], cost: costs[name] }, name))) }), _jsx("tfoot", { children: _jsx(UsageRow, { name: "total", amount: used, cost: cost ?? undefined }) })] })] }));
}
function UsageRow({ name, amount, cost }) {
    return (_jsxs("tr", { children: [_jsx("th", { scope: "row", children: name }), _jsx("td", { children: amount === undefined ? NOTHING : formatExactCount(amount) }), _jsx("td", { children: cost === undefined ? NOTHING : formatExactCost(cost) })] }));
}
