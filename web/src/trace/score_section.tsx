import type { ComponentChildren } from "preact";
import type { Score } from "../api/types.ts";
import { formatExactTime, formatScore } from "../format.ts";

interface Props {
  scores: readonly Score[];
  title: string;
  /** Makes the link to the step that a score is about, where the scores are about several. */
  stepLink?: (score: Score) => ComponentChildren;
}

/** Scores with who gave them and why. */
export function ScoreSection({ scores, title, stepLink }: Props) {
  if (scores.length === 0) return null;
  return (
    <section class="section">
      <h3>{title}</h3>
      <ul class="scores">
        {scores.map((score) => (
          <li key={score.id}>
            <span class="score-name">{score.name}</span>
            <b class="score-value">{formatScore(score.value)}</b>
            <span class="score-source" title={formatExactTime(score.timestamp)}>
              {score.source.toLowerCase()}
            </span>
            {stepLink?.(score)}
            {score.comment !== null && score.comment !== "" && <p class="score-comment">{score.comment}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
