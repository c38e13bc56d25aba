// Which page an address shows, and to whom.
import { useEffect } from "preact/hooks";
import type { SessionAnswer } from "./api/types.ts";
import { Frame } from "./frame/frame.tsx";
import { Failure, Notice } from "./frame/notice.tsx";
import { HomePage } from "./pages/home.tsx";
import { SessionPage } from "./pages/session.tsx";
import { SignInPage } from "./pages/sign_in.tsx";
import { TracePage } from "./pages/trace.tsx";
import { TracesPage } from "./pages/traces.tsx";
import { type Route, nextPath, place, replaceAddress, routeOf, signInPath } from "./router.ts";
import { loadSession, session } from "./session.ts";

export function App() {
  const state = session.value;
  const route = routeOf(place.value.path);
  const detour = detourOf(state.status, route);
  useEffect(() => {
    if (detour !== null) replaceAddress(detour);
  }, [detour]);
  if (detour !== null || state.status === "loading") return null;
  if (state.status === "failed") {
    return <Failure title="Spanstone cannot be reached" message={state.message} retry={() => void loadSession()} />;
  }
  if (state.status === "out") return <SignInPage />;
  return (
    <Frame session={state.session} projectId={"projectId" in route ? route.projectId : null}>
      <Page route={route} session={state.session} />
    </Frame>
  );
}

// Signed out, every address leads to the sign-in form and back; signed in, the form has nothing to offer.
function detourOf(status: "loading" | "out" | "in" | "failed", route: Route): string | null {
  if (status === "out" && route.page !== "sign-in") return signInPath(place.value.path + place.value.query);
  if (status === "in" && route.page === "sign-in") return nextPath(place.value.query);
  return null;
}

function Page({ route, session: { projects } }: { route: Route; session: SessionAnswer }) {
  if ("projectId" in route && !projects.some((project) => project.id === route.projectId)) {
    return <UnknownProject projectId={route.projectId} />;
  }
  switch (route.page) {
    case "home":
      return <HomePage projects={projects} />;
    case "traces":
      return <TracesPage key={route.projectId} projectId={route.projectId} />;
    case "trace":
      return <TracePage key={`${route.projectId}/${route.traceId}`} projectId={route.projectId} traceId={route.traceId} />;
    case "session":
      return <SessionPage key={`${route.projectId}/${route.sessionId}`} projectId={route.projectId} sessionId={route.sessionId} />;
    case "sign-in":
      return null;
    case "not-found":
      return <NotFound />;
  }
}

function NotFound() {
  return (
    <Notice title="There is no such page">
      <p>
        The address may have been cut short. <a href="/">Go to the traces</a>
      </p>
    </Notice>
  );
}

function UnknownProject({ projectId }: { projectId: string }) {
  return (
    <Notice title="This project is not yours to see">
      <p>
        There is no project <code>{projectId}</code> on this server, or your user is not a member of it.{" "}
        <a href="/">See your projects</a>
      </p>
    </Notice>
  );
}
