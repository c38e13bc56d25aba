import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatExactTime } from "../format.js";
import { MetadataSection } from "../payload/metadata_section.js";
import { PayloadSection } from "../payload/payload_section.js";
import { tracePath } from "../router.js";
import { Fact, Facts } from "./facts.js";
import { ScoreSection } from "./score_section.js";
/** The trace itself: its own input and output, metadata and scores. */
export function TraceSummary({ view, open }) {
    const { trace, scores } = open.answer;
    const stepLink = (score) => {
        const step = open.tree.nodes[open.tree.indexById.get(score.observationId ?? "") ?? -1]?.row;
        return step && _jsx("a", { href: tracePath(view.projectId, view.traceId, step.id), children: step.name ?? step.id });
    };
    return (_jsxs(_Fragment, { children: [_jsx(PayloadSection, { title: "Input", text: trace.input }), _jsx(PayloadSection, { title: "Output", text: trace.output }), _jsx(ScoreSection, { scores: scores.filter((score) => score.observationId === null), title: "Scores" }), _jsx(ScoreSection, { scores: scores.filter((score) => score.observationId !== null), title: "Scores of steps", stepLink: stepLink }), _jsx(MetadataSection, { title: "Metadata", value: trace.metadata }), _jsxs("section", { class: "section", children: [_jsx("h3", { children: "Times" }), _jsxs(Facts, { children: [_jsx(Fact, { label: "Trace", children: formatExactTime(trace.timestamp) }), _jsx(Fact, { label: "Created", children: formatExactTime(trace.createdAt) }), _jsx(Fact, { label: "Updated", children: formatExactTime(trace.updatedAt) })] })] })] }));
}
