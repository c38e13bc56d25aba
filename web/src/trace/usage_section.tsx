import type { CostPart, CostReport } from "../api/types.ts";
import { NOTHING, formatExactCost, formatExactCount } from "../format.ts";
import { useCost } from "./costs.ts";

interface Props {
  projectId: string;
  observationId: string;
  usage: Readonly<Record<string, number>>;
  costs: Readonly<Record<string, number>>;
  total: number | null;
}

/** What was used of what, at which price, and what each part cost. The total comes last, then where all that comes from. */
export function UsageSection({ projectId, observationId, usage, costs, total }: Props) {
  const report = useCost(projectId, observationId);
  const parts = partsOf(report);
  const costNames = Object.keys(costs).filter((name) => !parts.some((part) => part.costName === name));
  const names = [...new Set([...Object.keys(usage), ...costNames])].filter((name) => name !== "total");
  const used = usage["total"];
  const cost = costs["total"] ?? total;
  if (names.length === 0 && used === undefined) return null;
  return (
    <section class="section">
      <h3>Usage and cost</h3>
      <table class="usage">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Amount</th>
            {parts.length > 0 && <th scope="col">Per million</th>}
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <UsageRow key={name} name={name} amount={usage[name]} cost={costs[name]} parts={parts} />
          ))}
        </tbody>
        <tfoot>
          <UsageRow name="total" amount={used} cost={cost ?? undefined} parts={parts} />
        </tfoot>
      </table>
      {report && <Source report={report} />}
    </section>
  );
}

interface RowProps {
  name: string;
  amount: number | undefined;
  cost: number | undefined;
  parts: readonly CostPart[];
}

function UsageRow({ name, amount, cost, parts }: RowProps) {
  const part = parts.find((one) => one.usage === name);
  const paid = part?.cost ?? cost;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{amount === undefined ? NOTHING : formatExactCount(amount)}</td>
      {parts.length > 0 && <td title={part && priceTitle(part, amount)}>{part ? `$${part.pricePerMillion}` : NOTHING}</td>}
      <td>{paid === undefined ? NOTHING : formatExactCost(paid)}</td>
    </tr>
  );
}

/** What the price is of, and of how much, where that is not what the row says already. */
function priceTitle(part: CostPart, amount: number | undefined): string {
  const units = `${formatExactCount(part.units)} × $${part.unitPrice}`;
  const of = part.priceOf === part.usage ? "" : `, the price of ${part.priceOf}`;
  const rest = part.units === amount ? "" : `; the rest of ${formatExactCount(amount ?? 0)} is counted in another row`;
  return units + of + rest;
}

/** Where usage and cost come from, and which price it was. */
function Source({ report }: { report: CostReport }) {
  return (
    <p class="usage-source">
      {SOURCES[report.source]}
      {report.today && isPriced(report) && (
        <>
          {" "}
          by <span title={`matches ${report.today.matchPattern}`}>{report.today.modelName}</span>, {report.today.tierName}
          {report.today.decidedBy.map((one) => ` (${one.condition}: ${one.found})`)}
        </>
      )}
      {report.isOutdated && (
        <>
          {" "}
          Today&rsquo;s prices say {report.today?.total == null ? "nothing" : formatExactCost(report.today.total)}.
        </>
      )}
    </p>
  );
}

const SOURCES: Readonly<Record<CostReport["source"], string>> = {
  provided: "The application said what it cost.",
  computed: "Priced",
  counted: "Tokens counted here, priced",
  unknown: "There is no price for this.",
};

/** Whether the prices that are known are those that the cost was computed with. */
function isPriced(report: CostReport): boolean {
  return (report.source === "computed" || report.source === "counted") && !report.isOutdated;
}

function partsOf(report: CostReport | null): readonly CostPart[] {
  return report?.today && isPriced(report) ? report.today.parts : [];
}
