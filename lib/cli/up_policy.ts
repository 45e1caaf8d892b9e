import type { Command } from "@commander-js/extra-typings";
import type { UpPolicy } from "../planner/plan_up.ts";
import { oneOf, positiveInteger, refuseTogether } from "./choices.ts";

/** Options that `up` and `plan` share. */
export type UpPolicyOptions = {
  readonly to?: string | undefined;
  readonly steps?: number | undefined;
  readonly order: UpPolicy["order"];
  readonly ahead: UpPolicy["ahead"];
  readonly drift: UpPolicy["drift"];
  readonly phase?: UpPolicy["phase"];
  readonly emulator?: string | true | undefined;
};

/** Adds what selects pending migrations and decides about a history that does not fit. */
export function addUpPolicy(command: Command): Command<[], UpPolicyOptions> {
  return command
    .optionsGroup("Which migrations:")
    .option("--to <id>", "the last migration to apply")
    .option("--steps <n>", "how many to apply at the most", positiveInteger("--steps"))
    .option(
      "--phase <phase>",
      "only migrations of this phase and those without one: expand before the new code starts, contract when the old code is gone",
      oneOf("--phase", ["expand", "contract"]),
    )
    .option(
      "--order <policy>",
      "pending ones older than the newest applied one: linear refuses, allow-gaps applies",
      oneOf("--order", ["linear", "allow-gaps"]),
      "linear" as const,
    )
    .option(
      "--ahead <policy>",
      "applied ones that this binary does not know: allow or refuse",
      oneOf("--ahead", ["allow", "refuse"]),
      "allow" as const,
    )
    .option(
      "--drift <policy>",
      "applied ones that were changed since: refuse or warn",
      oneOf("--drift", ["refuse", "warn"]),
      "refuse" as const,
    )
    .option("--emulator [seed]", "use an embedded database, empty or with what the JSON file holds");
}

/** The policy that the options stand for. @throws {CosmigError} with code `usage` for two selectors */
export function toUpPolicy(
  options: UpPolicyOptions,
): UpPolicy {
  const { to, steps, order, ahead, drift, phase } = options;
  refuseTogether({ "--to": to, "--steps": steps });
  return { to, steps, order, ahead, drift, phase };
}
