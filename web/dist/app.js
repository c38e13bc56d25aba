import { jsx as _jsx, jsxs as _jsxs } from "preact/jsx-runtime";
// Which page an address shows, and to whom.
import { useEffect } from "preact/hooks";
import { Frame } from "./frame/frame.js";
import { Failure, Notice } from "./frame/notice.js";
import { HomePage } from "./pages/home.js";
import { SessionPage } from "./pages/session.js";
import { SignInPage } from "./pages/sign_in.js";
import { TracePage } from "./pages/trace.js";
import { TracesPage } from "./pages/traces.js";
import { nextPath, place, replaceAddress, routeOf, signInPath } from "./router.js";
import { loadSession, session } from "./session.js";
export function App() {
    const state = session.value;
    const route = routeOf(place.value.path);
    const detour = detourOf(state.status, route);
    useEffect(() => {
        if (detour !== null)
            replaceAddress(detour);
    }, [detour]);
    if (detour !== null || state.status === "loading")
        return null;
    if (state.status === "failed") {
        return _jsx(Failure, { title: "Spanstone cannot be reached", message: state.message, retry: () => void loadSession() });
    }
    if (state.status === "out")
        return _jsx(SignInPage, {});
    return (_jsx(Frame, { session: state.session, projectId: "projectId" in route ? route.projectId : null, children: _jsx(Page, { route: route, session: state.session }) }));
}
// Signed out, every address leads to the sign-in form and back; signed in, the form has nothing to offer.
function detourOf(status, route) {
    if (status === "out" && route.page !== "sign-in")
        return signInPath(place.value.path + place.value.query);
    if (status === "in" && route.page === "sign-in")
        return nextPath(place.value.query);
    return null;
}
function Page({ route, session: { projects } }) {
    if ("projectId" in route && !projects.some((project) => project.id === route.projectId)) {
        return _jsx(UnknownProject, { projectId: route.projectId });
    }
    switch (route.page) {
        case "home":
            return _jsx(HomePage, { projects: projects });
        case "traces":
            return _jsx(TracesPage, { projectId: route.projectId }, route.projectId);
        case "trace":
            return _jsx(TracePage, { projectId: route.projectId, traceId: route.traceId }, `${route.projectId}/${route.traceId}`);
        case "session":
            return _jsx(SessionPage, { projectId: route.projectId, sessionId: route.sessionId }, `${route.projectId}/${route.sessionId}`);
        case "sign-in":
            return null;
        case "not-found":
            return _jsx(NotFound, {});
    }
}
function NotFound() {
    return (_jsx(Notice, { title: "There is no such page", children: _jsxs("p", { children: ["The address may have been cut short. ", _jsx("a", { href: "/", children: "Go to the traces" })] }) }));
}
function UnknownProject({ projectId }) {
    return (_jsx(Notice, { title: "This project is not yours to see", children: _jsxs("p", { children: ["There is no project ", _jsx("code", { children: projectId }), " on this server, or your user is not a member of it.", " ", _jsx("a", { href: "/", children: "See your projects" })] }) }));
}
