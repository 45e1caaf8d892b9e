import type { RepairRequest } from "../../lib/maintenance/plan_repair.ts";
import type { Focus } from "./_focus.ts";
import type { MenuKind } from "./_migrations.ts";
import type { SeededRandom } from "./_random.ts";

/** What somebody does by hand; `migration` is its place in the menu. */
export type Intervention =
  | { readonly kind: "baseline"; readonly atMs: number; readonly migration: number }
  | {
    readonly kind: "repair";
    readonly atMs: number;
    readonly migration: number;
    readonly repair: RepairRequest["kind"];
  };

/** What happens in a schedule besides runners that go up and back. */
export interface Plot {
  /** A document that the first version of a migration cannot change is there until then; `undefined` for never, `Infinity` for always. */
  readonly ailsUntilMs: number | undefined;
  /** When a binary with another version of a migration arrives; `undefined` for never. */
  readonly revisedAtMs: number | undefined;
  readonly maxAttempts: number;
  readonly interventions: readonly Intervention[];
}

/** Nothing else. */
const PLAIN: Plot = {
  ailsUntilMs: undefined,
  revisedAtMs: undefined,
  // Whoever dies again and again without any progress is not to be parked.
  maxAttempts: 1_000,
  interventions: [],
};

/** Draws what happens besides. Repairs of effects that cannot be told from documents are left to migrations that only change some. */
export function drawPlot(
  random: SeededRandom,
  { plot, isDuel }: Focus,
  { kind, migrations }: { readonly kind: MenuKind; readonly migrations: number },
): Plot {
  if (plot === "plain" || isDuel || plot === "any" && random.chance(0.4)) return PLAIN;
  const isConditional = kind === "conditional";
  const isRevised = isConditional && (plot === "corrected" || random.chance(0.5));
  const ails = isConditional && random.chance(plot === "corrected" ? 0.3 : 0.5);
  const hands = plot === "corrected" ? 0 : random.integer(0, 2);
  return {
    ailsUntilMs: ails ? random.pick([random.between(2_000, 15_000), Infinity]) : undefined,
    revisedAtMs: isRevised ? random.between(1_000, 15_000) : undefined,
    maxAttempts: ails ? 3 : PLAIN.maxAttempts,
    interventions: Array.from(
      { length: hands },
      () => drawIntervention(random, { isConditional, migrations }),
    ),
  };
}

function drawIntervention(
  random: SeededRandom,
  { isConditional, migrations }: { readonly isConditional: boolean; readonly migrations: number },
): Intervention {
  const common = { atMs: random.between(0, 20_000), migration: random.integer(0, migrations - 1) };
  const repair = random.pick(["retry", "release", "accept-checksum", "mark-applied"] as const);
  if (isConditional && random.chance(0.3)) return { kind: "baseline", ...common };
  return {
    kind: "repair",
    ...common,
    repair: isConditional || repair !== "mark-applied" ? repair : "release",
  };
}
