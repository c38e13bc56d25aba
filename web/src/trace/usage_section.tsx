import { NOTHING, formatExactCost, formatExactCount } from "../format.ts";

interface Props {
  usage: Readonly<Record<string, number>>;
  costs: Readonly<Record<string, number>>;
  total: number | null;
}

/** What was used of what, and what each part cost. The total comes last. */
export function UsageSection({ usage, costs, total }: Props) {
  const names = [...new Set([...Object.keys(usage), ...Object.keys(costs)])].filter((name) => name !== "total");
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
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <UsageRow key={name} name={name} amount={usage[name]} cost={costs[name]} />
          ))}
        </tbody>
        <tfoot>
          <UsageRow name="total" amount={used} cost={cost ?? undefined} />
        </tfoot>
      </table>
    </section>
  );
}

function UsageRow({ name, amount, cost }: { name: string; amount: number | undefined; cost: number | undefined }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{amount === undefined ? NOTHING : formatExactCount(amount)}</td>
      <td>{cost === undefined ? NOTHING : formatExactCost(cost)}</td>
    </tr>
  );
}
