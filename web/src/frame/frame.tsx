import type { ComponentChildren } from "preact";
import type { SessionAnswer } from "../api/types.ts";
import { navigate, tracesPath } from "../router.ts";
import { Logo } from "./icon.tsx";
import { UserMenu } from "./user_menu.tsx";

interface Props {
  session: SessionAnswer;
  projectId: string | null;
  children: ComponentChildren;
}

/** The bar on top of every page, and the page below it. */
export function Frame({ session, projectId, children }: Props) {
  return (
    <div class="frame">
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <header class="top-bar">
        <a class="brand" href="/">
          <Logo />
          <span class="brand-name">Spanstone</span>
        </a>
        <ProjectChoice session={session} projectId={projectId} />
        <span class="spacer" />
        <UserMenu session={session} />
      </header>
      <main id="main" class="page" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function ProjectChoice({ session, projectId }: { session: SessionAnswer; projectId: string | null }) {
  const { projects } = session;
  const current = projects.find((project) => project.id === projectId);
  if (!current) return null;
  return (
    <>
      <span class="slash" aria-hidden="true">
        /
      </span>
      {projects.length === 1 ? (
        <a class="project-name" href={tracesPath(current.id)}>
          {current.name}
        </a>
      ) : (
        <select
          class="project-choice choice"
          aria-label="Project"
          value={current.id}
          onChange={(event) => navigate(tracesPath(event.currentTarget.value))}
        >
          {projects.map((project) => (
            <option key={project.id} value={project.id}>
              {project.name}
            </option>
          ))}
        </select>
      )}
    </>
  );
}
