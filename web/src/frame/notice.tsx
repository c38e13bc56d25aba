import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

/** Fills an empty place with what is going on and what to do about it. */
export function Notice({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Says that something failed, why, and offers to try again. */
export function Failure({ title, message, retry }: { title: string; message: string; retry?: () => void }) {
  return (
    <div class="notice failure" role="alert">
      <span class="notice-icon">
        <Icon name="warning" />
      </span>
      <h2>{title}</h2>
      <p>{message}</p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Grey bars where rows will be; appears late, so that a quick answer does not flicker. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="skeleton-row" />
      ))}
    </div>
  );
}
