import { useState } from "preact/hooks";
import { messageOf } from "../api/client.ts";
import type { SessionAnswer } from "../api/types.ts";
import { signOut } from "../session.ts";

/** Who is signed in, the server's version, and the way out. */
export function UserMenu({ session }: { session: SessionAnswer }) {
  const [error, setError] = useState<string | null>(null);
  if (!session.user) return <span class="version">{session.version}</span>;
  const leave = async (): Promise<void> => {
    await signOut().catch((reason: unknown) => setError(messageOf(reason)));
  };
  return (
    <div class="user">
      <span class="version" title="Version of the server">
        {session.version}
      </span>
      <span class="user-email" title={session.user.name ?? undefined}>
        {session.user.email}
      </span>
      <button type="button" class="button quiet" title={error ?? undefined} onClick={leave}>
        {error === null ? "Sign out" : "Could not sign out: try again"}
      </button>
    </div>
  );
}
