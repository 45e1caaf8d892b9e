/** Ticks of 100 nanoseconds: how the service counts. */
export const TICKS_PER_MS = 10_000n;

/** The parts of a date and time, from large to small. */
export type DatePart =
  | "year"
  | "month"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "millisecond"
  | "microsecond"
  | "nanosecond";

const PART_NAMES: Readonly<Record<DatePart, string>> = {
  year: "year yyyy yy",
  month: "month mm m",
  day: "day dd d",
  hour: "hour hh",
  minute: "minute mi n",
  second: "second ss s",
  millisecond: "millisecond ms",
  microsecond: "microsecond mcs",
  nanosecond: "nanosecond ns",
};

const PARTS: ReadonlyMap<unknown, DatePart> = new Map(
  (Object.keys(PART_NAMES) as DatePart[]).flatMap((part) =>
    PART_NAMES[part].split(" ").map((name) => [name, part] as const)
  ),
);

const FORMAT = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?Z?)?$/;

/** The part that a name such as `mi` means. */
export function readPart(name: unknown): DatePart | undefined {
  return PARTS.get(typeof name === "string" ? name.toLowerCase() : name);
}

/** Reads `YYYY-MM-DDThh:mm:ss.fffffffZ`, in UTC; the time, the fraction and the Z may be absent. Ticks since the Unix epoch. */
export function parseTicks(text: unknown): bigint | undefined {
  const found = typeof text === "string" ? FORMAT.exec(text) : null;
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map((digits) =>
    Number(digits ?? 0)
  );
  return ticksOf([year, month, day, hour, minute, second], BigInt((found[7] ?? "").padEnd(7, "0")));
}

/** Ticks of year, month (from 1), day, hour, minute and second, if there is such a time. */
export function ticksOf(parts: readonly number[], fraction: bigint): bigint | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // A date that does not exist, such as April 31st, has become another one.
  const actual = [...fieldsOf(date)];
  const isValid = year >= 1 && year <= 9999 && parts.every((part, index) => part === actual[index]);
  return isValid ? BigInt(date.getTime()) * TICKS_PER_MS + fraction : undefined;
}

/** Writes ticks as `YYYY-MM-DDThh:mm:ss.fffffffZ`; undefined outside of the years 1 to 9999. */
export function formatTicks(ticks: bigint): string | undefined {
  const date = dateOf(ticks);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return undefined;
  const fraction = String(remainderOf(ticks, TICKS_PER_MS * 1000n)).padStart(7, "0");
  return `${date.toISOString().slice(0, 19)}.${fraction}Z`;
}

/** The date that ticks fall on, its milliseconds rounded down. */
export function dateOf(ticks: bigint): Date {
  return new Date(Number(floorDivide(ticks, TICKS_PER_MS)));
}

/** Division that rounds down, also below zero. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend - remainderOf(dividend, divisor)) / divisor;
}

/** The rest of {@linkcode floorDivide}, never negative. */
export function remainderOf(dividend: bigint, divisor: bigint): bigint {
  return ((dividend % divisor) + divisor) % divisor;
}

function fieldsOf(date: Date): readonly number[] {
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
}
