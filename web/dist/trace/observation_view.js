import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatCost, formatDuration, formatExactCost, formatExactTime, formatTokens, hasTokens } from "../format.js";
import { CopyButton } from "../frame/copy_button.js";
import { Icon, TypeIcon } from "../frame/icon.js";
import { Failure, Skeleton } from "../frame/notice.js";
import { MetadataSection } from "../payload/metadata_section.js";
import { PayloadSection } from "../payload/payload_section.js";
import { Fact, Facts } from "./facts.js";
import { useObservation } from "./observations.js";
import { ScoreSection } from "./score_section.js";
import { durationMs } from "./tree.js";
import { UsageSection } from "./usage_section.js";
/** One observation: what the tree knows of it at once, its payloads as soon as they are there. */
export function ObservationView({ projectId, row, axis, scores, cache }) {
    const { reading, again } = useObservation(projectId, row.id, cache);
    return (_jsxs(_Fragment, { children: [_jsxs("header", { class: "detail-head", children: [_jsxs("h2", { children: [_jsx(TypeIcon, { type: row.type }), _jsx("span", { class: "detail-name", children: row.name ?? row.id }), _jsx(CopyButton, { text: () => row.id, label: "Copy the step's id" })] }), _jsx(RowFacts, { row: row, axis: axis, detail: reading.status === "ready" ? reading.detail : null })] }), row.statusMessage !== null && row.statusMessage !== "" && (_jsxs("p", { class: `callout ${row.level.toLowerCase()}`, children: [_jsx(Icon, { name: "warning" }), _jsx("span", { children: row.statusMessage })] })), reading.status === "loading" && _jsx(Skeleton, { rows: 4 }), reading.status === "failed" && _jsx(Failure, { title: "The step could not be read", message: reading.message, retry: again }), reading.status === "ready" && _jsx(Payloads, { projectId: projectId, detail: reading.detail, scores: scores })] }));
}
function RowFacts({ row, axis, detail }) {
    return (_jsxs(Facts, { children: [_jsx(Fact, { label: "Duration", children: formatDuration(durationMs(row)) }), _jsxs(Fact, { label: "Started", title: formatExactTime(row.start / 1000), children: ["+", formatDuration((row.start - axis.start) / 1000)] }), row.completionStart !== null && (_jsx(Fact, { label: "First token", children: formatDuration((row.completionStart - row.start) / 1000) })), row.model !== null && _jsx(Fact, { label: "Model", children: row.model }), hasTokens(row.totalTokens) && (_jsx(Fact, { label: "Tokens", children: formatTokens(row.inputTokens, row.outputTokens, row.totalTokens) })), row.cost !== null && (_jsx(Fact, { label: "Cost", title: formatExactCost(row.cost), children: formatCost(row.cost) })), row.level !== "DEFAULT" && (_jsx(Fact, { label: "Level", children: _jsx("span", { class: `level-text ${row.level.toLowerCase()}`, children: row.level.toLowerCase() }) })), detail && _jsx(DetailFacts, { detail: detail })] }));
}
/** What the environment of a step is called that nobody named one for. */
const NO_ENVIRONMENT = "default";
function DetailFacts({ detail }) {
    return (_jsxs(_Fragment, { children: [detail.promptName !== null && (_jsxs(Fact, { label: "Prompt", children: [detail.promptName, detail.promptVersion !== null && ` v${detail.promptVersion}`] })), detail.environment !== null && detail.environment !== NO_ENVIRONMENT && _jsx(Fact, { label: "Env", children: detail.environment }), detail.version !== null && _jsx(Fact, { label: "Version", children: detail.version })] }));
}
function Payloads({ projectId, detail, scores }) {
    const { id, usage, costs, cost } = detail;
    return (_jsxs(_Fragment, { children: [_jsx(PayloadSection, { title: "Input", text: detail.input }), _jsx(PayloadSection, { title: "Output", text: detail.output }), _jsx(ScoreSection, { scores: scores, title: "Scores" }), _jsx(UsageSection, { projectId: projectId, observationId: id, usage: usage, costs: costs, total: cost }), _jsx(MetadataSection, { title: "Model parameters", value: detail.modelParameters }), _jsx(MetadataSection, { title: "Metadata", value: detail.metadata })] }));
}
