import type { AccountFacts } from "../../cosmos/port.ts";
import type { Check } from "./check.ts";

const WEAK = ["ConsistentPrefix", "Eventual"];

/** What the account says about its regions and its consistency. */
export function checkAccount(
  { writeRegion, multipleWriteLocations, defaultConsistency }: AccountFacts,
): Check {
  const detail = `writes go to ${writeRegion}, consistency is ${defaultConsistency}`;
  if (multipleWriteLocations) {
    return {
      name: "region",
      status: "warning",
      detail: `${detail}; the account takes writes in several regions`,
      hint:
        "A lease needs one region that takes writes: all runners have to use the same one, so keep them at the same endpoint and region, or turn multi-region writes off",
    };
  }
  if (WEAK.includes(defaultConsistency)) {
    return {
      name: "region",
      status: "warning",
      detail,
      hint:
        "Reads may be older than writes; the history is read again until it is the newest, which may take longer. Session or stronger avoids that",
    };
  }
  return { name: "region", status: "ok", detail };
}
