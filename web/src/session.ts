// Who is signed in, and what they may look at.
import { signal } from "@preact/signals";
import { ApiError, messageOf, readSession, signIn as callSignIn, signOut as callSignOut } from "./api/client.ts";
import type { SessionAnswer } from "./api/types.ts";

export type SessionState =
  | { readonly status: "loading" }
  | { readonly status: "out" }
  | { readonly status: "in"; readonly session: SessionAnswer }
  | { readonly status: "failed"; readonly message: string };

export const session = signal<SessionState>({ status: "loading" });

/** Asks the server who the cookie belongs to. */
export async function loadSession(): Promise<void> {
  try {
    session.value = stateOf(await readSession());
  } catch (error) {
    session.value = isSignedOut(error) ? { status: "out" } : { status: "failed", message: messageOf(error) };
  }
}

/** Signs in; throws what the server said when it refuses. */
export async function signIn(email: string, password: string): Promise<void> {
  session.value = stateOf(await callSignIn(email, password));
}

/** Signs out; throws when the server could not be told, because the cookie then still counts. */
export async function signOut(): Promise<void> {
  await callSignOut();
  session.value = { status: "out" };
}

/** Whether a call failed because nobody is signed in (any more); the page then moves to the sign-in form. */
export function leavesSession(error: unknown): boolean {
  if (!isSignedOut(error)) return false;
  session.value = { status: "out" };
  return true;
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function stateOf(answer: SessionAnswer): SessionState {
  const signedIn = answer.user !== null || answer.projects.length > 0;
  return signedIn ? { status: "in", session: answer } : { status: "out" };
}
