import { useEffect } from "preact/hooks";
import type { Project } from "../api/types.ts";
import { Notice } from "../frame/notice.tsx";
import { replaceAddress, tracesPath } from "../router.ts";

/** Leads to the traces: at once when there is one project, by a choice when there are several. */
export function HomePage({ projects }: { projects: readonly Project[] }) {
  const only = projects.length === 1 ? projects[0] : undefined;
  useEffect(() => {
    if (only) replaceAddress(tracesPath(only.id));
  }, [only]);
  if (only) return null;
  if (projects.length === 0) {
    return (
      <Notice title="No projects yet">
        <p>Your user is not a member of any project on this server. Ask whoever runs it to add you.</p>
      </Notice>
    );
  }
  return (
    <Notice title="Projects">
      <ul class="project-list">
        {projects.map((project) => (
          <li key={project.id}>
            <a href={tracesPath(project.id)}>
              <strong>{project.name}</strong>
              <code>{project.id}</code>
            </a>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
