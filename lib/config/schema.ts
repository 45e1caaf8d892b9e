import * as z from "zod/mini";
import { parseDuration } from "../base/duration.ts";

/**
 * What each setting of the tool itself may be, from the text that was found. Missing ones become their
 * defaults here.
 */
export const TOOL_SCHEMA = z.object({
  scope: z._default(name("a name without / \\ # ?", /^[^/\\#?]{1,200}$/), "default"),
  connectTimeout: z._default(duration(), 60_000),
  requestTimeout: z.optional(duration()),
  patience: z._default(duration(), 60_000),
  timeout: orNone(toDuration),
  ruLimit: orNone(toRuLimit),
  concurrency: z._default(count({ max: 256 }), 4),
  pageSize: z._default(count({ max: 1_000 }), 500),
  priority: z._default(oneOf(["normal", "low"], 'has to be "normal" or "low"'), "normal"),
  throughputBucket: orNone((text, context) => toCount(text, context, { max: 5 })),
  maxAttempts: z._default(count(), 5),
  maxFailures: z._default(count(), 100),
  lease: z._default(duration(), 30_000),
  lockTimeout: z._default(duration(), 600_000),
  settle: z.optional(duration()),
  wait: z._default(duration(), 1_800_000),
  logFormat: z._default(oneOf(["auto", "plain", "json"], 'has to be "auto", "plain" or "json"'), "auto"),
});

/** What each setting of the account may be, those that depend on each other left out. */
export const ACCOUNT_SCHEMA = z.object({
  database: name("a name without / \\ # ?", /^[^/\\#?]{1,255}$/),
  historyContainer: z._default(name("a name without / \\ # ?", /^[^/\\#?]{1,255}$/), "__migrations"),
  endpointDiscovery: z._default(oneOf(["auto", "on", "off"], 'has to be "auto", "on" or "off"'), "auto"),
  preferredRegion: z.optional(z.string()),
});

/** Takes the problems of a text. */
type Context = z.core.ParsePayload;

function name(wanted: string, pattern: RegExp) {
  return z.string().check(z.regex(pattern, `has to be ${wanted}`));
}

function oneOf<const Choice extends string>(choices: readonly Choice[], wanted: string) {
  return z.enum(choices, { error: wanted });
}

function duration() {
  return converted(toDuration);
}

function count(options: { readonly max?: number } = {}) {
  return converted((given, context) => toCount(given, context, options));
}

function orNone<Value>(convert: (text: string, context: Context) => Value) {
  return z.optional(converted((given, context) => given === "none" ? undefined : convert(given, context)));
}

function converted<Value>(convert: (text: string, context: Context) => Value) {
  return z.pipe(z.string(), z.transform(convert));
}

function toDuration(text: string, context: Context): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  const why = /^\d+$/.test(text)
    ? `needs a unit, as in "${text}s"`
    : 'has to be a duration such as "30s", "5m" or "1h30m"';
  return refuse(context, `${why}: current value is "${text}"`);
}

/** Request units a second, or a share of what is provisioned. */
type RuLimit = { readonly ruPerSecond: number } | { readonly ruShare: number };

function toRuLimit(text: string, context: Context): RuLimit {
  const percent = /^(\d+)%$/.exec(text)?.[1];
  if (percent === undefined && /^\d+$/.test(text)) return { ruPerSecond: toCount(text, context) };
  const share = Number(percent) / 100;
  if (share > 0 && share <= 1) return { ruShare: share };
  return refuse(
    context,
    `has to be a number of request units or a percentage such as "50%": current value is "${text}"`,
  );
}

function toCount(
  text: string,
  context: Context,
  { max = 1_000_000 }: { readonly max?: number } = {},
): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= 1 && number <= max) return number;
  return refuse(context, `has to be a whole number from 1 to ${max}: current value is "${text}"`);
}

function refuse(context: Context, message: string): never {
  context.issues.push({ code: "custom", message, input: context.value });
  return z.NEVER;
}
