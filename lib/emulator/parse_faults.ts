import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { FaultRule } from "./fault_rules.ts";

const OPERATIONS = [
  "create",
  "upsert",
  "read",
  "list",
  "replace",
  "patch",
  "delete",
  "query",
  "query-plan",
  "change-feed",
  "batch",
  "bulk",
];
const RESOURCES = ["account", "database", "container", "range", "document", "script", "offer"];

/** What a member has to be, in words, and the test for it. */
interface Rule {
  readonly requirement: string;
  readonly accepts: (value: JsonValue) => boolean;
}

const text: Rule = { requirement: "text", accepts: (value) => typeof value === "string" };
const count = (min: number, max = Number.MAX_SAFE_INTEGER): Rule => ({
  requirement: max === Number.MAX_SAFE_INTEGER
    ? `an integer from ${min}`
    : `an integer from ${min} to ${max}`,
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
});
const oneOf = (values: readonly string[]): Rule => ({
  requirement: `one of ${values.join(", ")}`,
  accepts: (value) => typeof value === "string" && values.includes(value),
});
const share: Rule = {
  requirement: "a number from 0 to 1",
  accepts: (value) => typeof value === "number" && value >= 0 && value <= 1,
};
const listOf = (rule: Rule): Rule => ({
  requirement: `a list, each ${rule.requirement}`,
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(rule.accepts),
});
const either = (...rules: readonly Rule[]): Rule => ({
  requirement: rules.map(({ requirement }) => requirement).join(" or "),
  accepts: (value) => rules.some(({ accepts }) => accepts(value)),
});

type Shape = Readonly<Record<string, Rule>>;

const CONDITION: Shape = {
  method: oneOf(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  resource: oneOf(RESOURCES),
  operation: oneOf(OPERATIONS),
  container: text,
  nth: either(count(1), listOf(count(1))),
  probability: share,
  seed: count(0),
};
const ANSWER: Shape = { status: count(400, 599), substatus: count(0), retryAfterMs: count(0), message: text };
const FAULTS: Readonly<Record<string, { readonly members: Shape; readonly required: readonly string[] }>> = {
  answer: { members: ANSWER, required: ["status"] },
  "operation-answer": {
    members: { ...ANSWER, operations: either(oneOf(["all"]), share, listOf(count(0))) },
    required: ["status", "operations"],
  },
  delay: { members: { delayMs: count(0) }, required: ["delayMs"] },
  hang: { members: {}, required: [] },
  drop: { members: { moment: oneOf(["before-commit", "after-commit"]) }, required: ["moment"] },
  truncate: { members: {}, required: [] },
};

/**
 * Checks fault rules that were read from JSON: a list, or an object whose member `rules` is one.
 *
 * @throws {CosmigError} (`emulator`) with the JSON Pointer of what is wrong
 */
export function parseFaults(json: unknown): readonly FaultRule[] {
  const [rules, path] = isJsonObject(json) ? [json.rules, "/rules"] : [json, ""];
  if (!Array.isArray(rules)) throw wrong(path, "a list of rules", rules);
  return rules.map((rule, at) => parseRule(rule, `${path}/${at}`));
}

function parseRule(value: unknown, path: string): FaultRule {
  const rule = objectAt(value, path);
  refuseUnknown(rule, { known: ["name", "when", "then"], path });
  if (rule.name !== undefined && typeof rule.name !== "string") {
    throw wrong(`${path}/name`, "text", rule.name);
  }
  const when = objectAt(rule.when ?? {}, `${path}/when`);
  checkMembers(when, { members: CONDITION, path: `${path}/when` });
  const then = objectAt(rule.then, `${path}/then`);
  const { kind, ...members } = then;
  const fault = typeof kind === "string" && Object.hasOwn(FAULTS, kind) ? FAULTS[kind] : undefined;
  if (fault === undefined) throw wrong(`${path}/then/kind`, `one of ${Object.keys(FAULTS).join(", ")}`, kind);
  checkMembers(members, { members: fault.members, path: `${path}/then` });
  for (const name of fault.required) {
    if (then[name] === undefined) {
      throw wrong(`${path}/then/${name}`, fault.members[name]!.requirement, undefined);
    }
  }
  return { ...rule, when, then } as unknown as FaultRule;
}

function checkMembers(object: JsonObject, options: { readonly members: Shape; readonly path: string }): void {
  const { members, path } = options;
  refuseUnknown(object, { known: Object.keys(members), path });
  for (const [name, value] of Object.entries(object)) {
    const { accepts, requirement } = members[name]!;
    if (value !== undefined && !accepts(value)) throw wrong(`${path}/${name}`, requirement, value);
  }
}

function refuseUnknown(
  object: JsonObject,
  options: { readonly known: readonly string[]; readonly path: string },
): void {
  for (const name of Object.keys(object)) {
    if (options.known.includes(name)) continue;
    throw wrong(
      `${options.path}/${name}`,
      `one of the members ${options.known.join(", ") || "(none)"}`,
      name,
    );
  }
}

function objectAt(value: unknown, path: string): JsonObject {
  if (!isJsonObject(value)) throw wrong(path, "an object", value);
  return value;
}

function wrong(path: string, requirement: string, value: unknown): CosmigError {
  const shown = (JSON.stringify(value) ?? "missing").slice(0, 80);
  return new CosmigError(
    "emulator",
    `Cannot read the fault rules at "${path || "/"}" as ${requirement}: current value is ${shown}`,
    { hint: "The format of fault rules is described in docs/emulator.md", details: { path } },
  );
}
