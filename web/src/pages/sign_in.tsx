import { useState } from "preact/hooks";
import { ApiError, messageOf } from "../api/client.ts";
import { Logo } from "../frame/icon.tsx";
import { useTitle } from "../frame/title.ts";
import { signIn } from "../session.ts";

/** Asks for e-mail and password; the browser's own password manager may fill them in. */
export function SignInPage() {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useTitle("Sign in");
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      await signIn(String(form.get("email") ?? "").trim(), String(form.get("password") ?? ""));
    } catch (reason) {
      setError(explain(reason));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form class="sign-in-card" method="post" onSubmit={submit}>
        <h1>
          <Logo />
          Sign in to Spanstone
        </h1>
        <label>
          E-mail
          <input name="email" type="email" autocomplete="username" required autofocus aria-invalid={error !== null} />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required aria-invalid={error !== null} />
        </label>
        {error !== null && (
          <p class="form-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
        <p class="hint">The first user is created when the server starts for the first time; it prints how to sign in.</p>
      </form>
    </main>
  );
}

function explain(error: unknown): string {
  const refused = error instanceof ApiError && error.status === 401;
  return refused ? "This e-mail and password do not belong together. Check both and try again." : messageOf(error);
}
