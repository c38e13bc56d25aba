import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { formatExactTime, formatScore } from "../format.js";
/** Scores with who gave them and why. */
export function ScoreSection({ scores, title, stepLink }) {
    if (scores.length === 0)
        return null;
    return (_jsxs("section", { class: "section", children: [_jsx("h3", { children: title }), _jsx("ul", { class: "scores", children: scores.map((score) => (_jsxs("li", { children: [_jsx("span", { class: "score-name", children: score.name }), _jsx("b", { class: "score-value", children: formatScore(score.value) }), _jsx("span", { class: "score-source", title: formatExactTime(score.timestamp), children: score.source.toLowerCase() }), stepLink?.(score), score.comment !== null && score.comment !== "" && _jsx("p", { class: "score-comment", children: score.comment })] }, score.id))) })] }));
}
