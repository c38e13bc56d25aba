import { Fragment as _Fragment, jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { navigate, tracesPath } from "../router.js";
import { Logo } from "./icon.js";
import { UserMenu } from "./user_menu.js";
/** The bar on top of every page, and the page below it. */
export function Frame({ session, projectId, children }) {
    return (_jsxs("div", { class: "frame", children: [_jsx("a", { class: "skip-link", href: "#main", children: "Skip to content" }), _jsxs("header", { class: "top-bar", children: [_jsxs("a", { class: "brand", href: "/", children: [_jsx(Logo, {}), _jsx("span", { class: "brand-name", children: "Spanstone" })] }), _jsx(ProjectChoice, { session: session, projectId: projectId }), _jsx("span", { class: "spacer" }), _jsx(UserMenu, { session: session })] }), _jsx("main", { id: "main", class: "page", tabIndex: -1, children: children })] }));
}
function ProjectChoice({ session, projectId }) {
    const { projects } = session;
    const current = projects.find((project) => project.id === projectId);
    if (!current)
        return null;
    return (_jsxs(_Fragment, { children: [_jsx("span", { class: "slash", "aria-hidden": "true", children: "/" }), projects.length === 1 ? (_jsx("a", { class: "project-name", href: tracesPath(current.id), children: current.name })) : (_jsx("select", { class: "project-choice choice", "aria-label": "Project", value: current.id, onChange: (event) => navigate(tracesPath(event.currentTarget.value)), children: projects.map((project) => (_jsx("option", { value: project.id, children: project.name }, project.id))) }))] }));
}
