import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatExactTime } from "../format.js";
import { MetadataSection } from "../payload/metadata_section.js";
import { PayloadSection } from "../payload/payload_section.js";
import { Fact, Facts } from "./facts.js";
import { ScoreSection } from "./score_section.js";
/** The trace itself: its own input and output, metadata and scores. */
export function TraceSummary({ answer: { trace, scores } }) {
    return (_jsxs(_Fragment, { children: [_jsx(PayloadSection, { title: "Input", text: trace.input }), _jsx(PayloadSection, { title: "Output", text: trace.output }), _jsx(ScoreSection, { scores: scores.filter((score) => score.observationId === null), title: "Scores" }), _jsx(ScoreSection, { scores: scores.filter((score) => score.observationId !== null), title: "Scores of single steps" }), _jsx(MetadataSection, { title: "Metadata", value: trace.metadata }), _jsxs("section", { class: "section", children: [_jsx("h3", { children: "Times" }), _jsxs(Facts, { children: [_jsx(Fact, { label: "Trace", children: formatExactTime(trace.timestamp) }), _jsx(Fact, { label: "Created", children: formatExactTime(trace.createdAt) }), _jsx(Fact, { label: "Updated", children: formatExactTime(trace.updatedAt) })] })] })] }));
}
