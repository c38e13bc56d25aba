import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
import { useEffect } from "preact/hooks";
import { Notice } from "../frame/notice.js";
import { replaceAddress, tracesPath } from "../router.js";
/** Leads to the traces: at once when there is one project, by a choice when there are several. */
export function HomePage({ projects }) {
    const only = projects.length === 1 ? projects[0] : undefined;
    useEffect(() => {
        if (only)
            replaceAddress(tracesPath(only.id));
    }, [only]);
    if (only)
        return null;
    if (projects.length === 0) {
        return (_jsx(Notice, { title: "No projects yet", children: _jsx("p", { children: "Your user is not a member of any project on this server. Ask whoever runs it to add you." }) }));
    }
    return (_jsx(Notice, { title: "Projects", children: _jsx("ul", { class: "project-list", children: projects.map((project) => (_jsx("li", { children: _jsxs("a", { href: tracesPath(project.id), children: [_jsx("strong", { children: project.name }), _jsx("code", { children: project.id })] }) }, project.id))) }) }));
}
