import * as z from "zod";
import { parseDuration } from "../base/duration.ts";

/**
 * What each setting of the tool itself may be, from the text that was found. Missing ones become their
 * defaults here.
 */
export const TOOL_SCHEMA = z.object({
  scope: name("a name without / \\ # ?", /^[^/\\#?]{1,200}$/).default("default"),
  connectTimeout: duration().default(60_000),
  requestTimeout: duration().optional(),
  patience: duration().default(60_000),
  timeout: orNone(toDuration),
  ruLimit: orNone(toRuLimit),
  concurrency: count({ max: 256 }).default(4),
  pageSize: count({ max: 1_000 }).default(500),
  priority: z.enum(["normal", "low"], { error: 'has to be "normal" or "low"' }).default("normal"),
  throughputBucket: orNone((text, context) => toCount(text, context, { max: 5 })),
  maxAttempts: count().default(5),
  maxFailures: count().default(100),
  lease: duration().default(30_000),
  lockTimeout: duration().default(600_000),
  settle: duration().optional(),
  wait: duration().default(1_800_000),
  logFormat: z.enum(["auto", "plain", "json"], { error: 'has to be "auto", "plain" or "json"' }).default(
    "auto",
  ),
});

/** What each setting of the account may be, those that depend on each other left out. */
export const ACCOUNT_SCHEMA = z.object({
  database: name("a name without / \\ # ?", /^[^/\\#?]{1,255}$/),
  historyContainer: name("a name without / \\ # ?", /^[^/\\#?]{1,255}$/).default("__migrations"),
  endpointDiscovery: z.enum(["auto", "on", "off"], { error: 'has to be "auto", "on" or "off"' }).default(
    "auto",
  ),
  preferredRegion: z.string().optional(),
});

function name(wanted: string, pattern: RegExp) {
  return z.string().regex(pattern, `has to be ${wanted}`);
}

function duration() {
  return z.string().transform(toDuration);
}

function count(options: { readonly max?: number } = {}) {
  return z.string().transform((text, context) => toCount(text, context, options));
}

function orNone<Value>(convert: (text: string, context: z.RefinementCtx) => Value) {
  return z.string().transform((text, context) => text === "none" ? undefined : convert(text, context))
    .optional();
}

function toDuration(text: string, context: z.RefinementCtx): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  const why = /^\d+$/.test(text)
    ? `needs a unit, as in "${text}s"`
    : 'has to be a duration such as "30s", "5m" or "1h30m"';
  context.addIssue({ code: "custom", message: `${why}: current value is "${text}"` });
  return z.NEVER;
}

/** Request units a second, or a share of what is provisioned. */
type RuLimit = { readonly ruPerSecond: number } | { readonly ruShare: number };

function toRuLimit(text: string, context: z.RefinementCtx): RuLimit {
  const percent = /^(\d+)%$/.exec(text)?.[1];
  if (percent === undefined && /^\d+$/.test(text)) return { ruPerSecond: toCount(text, context) };
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return { ruShare: share };
  context.addIssue({
    code: "custom",
    message: `has to be a number of request units or a percentage such as "50%": current value is "${text}"`,
  });
  return z.NEVER;
}

function toCount(
  text: string,
  context: z.RefinementCtx,
  { max = 1_000_000 }: { readonly max?: number } = {},
): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= 1 && number <= max) return number;
  context.addIssue({
    code: "custom",
    message: `has to be a whole number from 1 to ${max}: current value is "${text}"`,
  });
  return z.NEVER;
}
