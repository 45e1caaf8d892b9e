import { CosmigError } from "../base/errors.ts";

/**
 * Reads a whole number of at least 1 from a flag, for commander.
 *
 * @throws {CosmigError} with code `usage`
 */
export function positiveInteger(flag: string): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value >= 1) return value;
    throw new CosmigError(
      "usage",
      `Cannot use ${flag} as it has to be a whole number of at least 1: current value is "${text}"`,
    );
  };
}

/**
 * Reads one of a few words from a flag, for commander.
 *
 * @throws {CosmigError} with code `usage`
 */
export function oneOf<const Choice extends string>(
  flag: string,
  choices: readonly Choice[],
): (text: string) => Choice {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new CosmigError(
      "usage",
      `Cannot use ${flag} as it has to be ${
        choices.map((choice) => `"${choice}"`).join(" or ")
      }: current value is "${text}"`,
    );
  };
}

/**
 * Refuses flags that contradict each other.
 *
 * @param given values by flag; those that were not given are `undefined`
 * @throws {CosmigError} with code `usage` when more than one was given
 */
export function refuseTogether(given: Readonly<Record<string, unknown>>): void {
  const flags = Object.keys(given).filter((flag) => given[flag] !== undefined);
  if (flags.length < 2) return;
  throw new CosmigError("usage", `Cannot use ${flags.join(" and ")} together as each selects by itself`);
}
