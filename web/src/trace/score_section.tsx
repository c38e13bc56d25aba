import type { Score } from "../api/types.ts";
import { formatExactTime, formatScore } from "../format.ts";

/** Scores with who gave them and why. */
export function ScoreSection({ scores, title }: { scores: readonly Score[]; title: string }) {
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
            {score.comment !== null && score.comment !== "" && <p class="score-comment">{score.comment}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
