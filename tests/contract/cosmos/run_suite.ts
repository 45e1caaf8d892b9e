import { canonicalJson, type JsonValue } from "../../../lib/base/json.ts";
import { type Check, Unobservable } from "./check.ts";
import type { Endpoint } from "./endpoint.ts";
import { Laboratory } from "./laboratory.ts";

const MAX_CHECK_MS = 15_000;

/** What a check found. */
export interface Finding {
  readonly check: Check;
  /** An observation; a text that begins with `threw` or `cannot be observed` when there is none. */
  readonly got: JsonValue;
  /** `unobservable` where the endpoint lacks the means, which says nothing about it. */
  readonly verdict: "conforms" | "deviates" | "unobservable";
}

/** How a suite is run. */
export interface RunOptions {
  /**
   * Checks at a time. More than one only where the clock cannot be moved, which all checks share.
   * @default 1
   */
  readonly concurrency?: number;
}

/** Runs checks in a database of their own; a check that throws or hangs is a finding as any other. */
export async function runSuite(
  checks: readonly Check[],
  endpoint: Endpoint,
  { concurrency = 1 }: RunOptions = {},
): Promise<readonly Finding[]> {
  await using laboratory = await Laboratory.open(endpoint);
  const findings: Finding[] = [];
  const waiting = checks.entries();
  const work = async () => {
    for (const [at, check] of waiting) {
      findings[at] = { check, ...await observe(check, laboratory) };
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return findings;
}

async function observe(check: Check, laboratory: Laboratory): Promise<Omit<Finding, "check">> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<JsonValue>((resolve) => {
    timer = setTimeout(() => resolve(`threw nothing within ${MAX_CHECK_MS / 1_000} s`), MAX_CHECK_MS);
  });
  try {
    const got = await Promise.race([check.observe(laboratory), timeout]);
    const conforms = canonicalJson(got) === canonicalJson(check.expected);
    return { got, verdict: conforms ? "conforms" : "deviates" };
  } catch (error) {
    if (error instanceof Unobservable) {
      return { got: `cannot be observed: ${error.message}`, verdict: "unobservable" };
    }
    return { got: `threw ${nameOf(error)}`, verdict: "deviates" };
  } finally {
    clearTimeout(timer);
  }
}

/** Without details that differ from run to run, such as ids in messages. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  return code === undefined ? `${error.name}: ${error.message.split("\n")[0]}` : `${error.name} ${code}`;
}
