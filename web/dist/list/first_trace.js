import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { CopyButton } from "../frame/copy_button.js";
import { Notice } from "../frame/notice.js";
/** Shows how to send the first trace to this very address; the page keeps looking for it. */
export function FirstTrace() {
    const origin = location.origin;
    return (_jsxs(Notice, { title: "Waiting for the first trace", children: [_jsxs("p", { children: ["Point any Langfuse SDK or OpenTelemetry exporter at this server. The keys are printed when the server starts for the first time; ", _jsx("code", { children: "spanstone keys create" }), " makes new ones."] }), _jsx(Snippet, { title: "Langfuse SDKs, of every version", text: langfuseBlock(origin) }), _jsx(Snippet, { title: "OpenTelemetry", text: otelBlock(origin) }), _jsxs("p", { children: ["Or see what it looks like first: ", _jsxs("code", { children: ["spanstone demo --url ", origin] }), " sends a few traces of an agent."] }), _jsxs("p", { class: "hint waiting", children: [_jsx("span", { class: "live-dot" }), " This page shows the trace as soon as it arrives."] })] }));
}
function Snippet({ title, text }) {
    return (_jsxs("figure", { class: "snippet", children: [_jsxs("figcaption", { children: [title, _jsx(CopyButton, { text: () => text, label: "Copy" })] }), _jsx("pre", { children: text })] }));
}
// Three spellings of the address: each generation of the SDKs reads another one.
function langfuseBlock(origin) {
    return [
        "LANGFUSE_PUBLIC_KEY=pk-lf-…",
        "LANGFUSE_SECRET_KEY=sk-lf-…",
        `LANGFUSE_BASE_URL=${origin}`,
        `LANGFUSE_BASEURL=${origin}`,
        `LANGFUSE_HOST=${origin}`,
    ].join("\n");
}
function otelBlock(origin) {
    return [
        `OTEL_EXPORTER_OTLP_ENDPOINT=${origin}/api/public/otel`,
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        'OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic $(printf %s pk-lf-…:sk-lf-… | base64 -w0)"',
    ].join("\n");
}
