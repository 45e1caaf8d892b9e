import type { Value } from "../evaluate/value.ts";
import {
  dateOf,
  type DatePart,
  floorDivide,
  formatTicks,
  parseTicks,
  readPart,
  remainderOf,
  TICKS_PER_MS,
  ticksOf,
} from "./date_time.ts";
import { declare, type SqlFunction } from "./sql_function.ts";

const TICKS_PER: Readonly<Record<Exclude<DatePart, "year" | "month" | "nanosecond">, bigint>> = {
  day: 86_400_000n * TICKS_PER_MS,
  hour: 3_600_000n * TICKS_PER_MS,
  minute: 60_000n * TICKS_PER_MS,
  second: 1000n * TICKS_PER_MS,
  millisecond: TICKS_PER_MS,
  microsecond: TICKS_PER_MS / 1000n,
};
const NS_PER_TICK = 100n;

/** Ticks of the year 1601, before which DateTimeBin takes no start. */
const WINDOWS_EPOCH = ticksOf([1601, 1, 1, 0, 0, 0], 0n) ?? 0n;

/** Functions of dates, which are ISO 8601 strings in UTC: undefined for what is no date, no part or no integer. */
export const DATE_FUNCTIONS: readonly SqlFunction[] = [
  declare("DateTimeToTicks", 1, (text) => toNumber(parseTicks(text))),
  declare("DateTimeToTimestamp", 1, (text) => {
    const ticks = parseTicks(text);
    return ticks === undefined ? undefined : Number(floorDivide(ticks, TICKS_PER_MS));
  }),
  declare(
    "TicksToDateTime",
    1,
    (ticks) => Number.isInteger(ticks) ? formatTicks(BigInt(Number(ticks))) : undefined,
  ),
  declare(
    "TimestampToDateTime",
    1,
    (ms) => Number.isInteger(ms) ? formatTicks(BigInt(Number(ms)) * TICKS_PER_MS) : undefined,
  ),
  declare("DateTimeAdd", 3, add),
  declare("DateTimeDiff", 3, difference),
  declare("DateTimePart", 2, part),
  declare("DateTimeFromParts", [3, 7], fromParts),
  declare("DateTimeBin", [2, 4], bin),
  clock("GetCurrentDateTime", (nowMs) => formatTicks(BigInt(Math.trunc(nowMs)) * TICKS_PER_MS)),
  clock("GetCurrentTimestamp", (nowMs) => Math.trunc(nowMs)),
  clock("GetCurrentTicks", (nowMs) => Math.trunc(nowMs) * Number(TICKS_PER_MS)),
].flatMap((one) => one.clock === undefined ? [one] : [one, { ...one, name: `${one.name}Static` }]);

function clock(name: string, read: (nowMs: number) => Value): SqlFunction {
  return { ...declare(name, 0, () => undefined), clock: read };
}

function toNumber(ticks: bigint | undefined): Value {
  return ticks === undefined ? undefined : Number(ticks);
}

function add(partName: Value, amount: Value, text: Value): Value {
  const unit = readPart(partName);
  const ticks = parseTicks(text);
  if (
    unit === undefined || ticks === undefined || typeof amount !== "number" || !Number.isSafeInteger(amount)
  ) {
    return undefined;
  }
  switch (unit) {
    case "year":
      return addMonths(ticks, amount * 12);
    case "month":
      return addMonths(ticks, amount);
    case "nanosecond":
      return formatTicks(ticks + BigInt(amount) / NS_PER_TICK);
    default:
      return formatTicks(ticks + BigInt(amount) * TICKS_PER[unit]);
  }
}

/** The day is cut down to the last one of the month that results. */
function addMonths(ticks: bigint, months: number): Value {
  const date = dateOf(ticks);
  const day = date.getUTCDate();
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
  const target = new Date(date);
  target.setUTCFullYear(Math.floor(month / 12), ((month % 12) + 12) % 12, 1);
  const last = new Date(target);
  last.setUTCMonth(last.getUTCMonth() + 1, 0);
  if (Number.isNaN(last.getTime())) return undefined;
  target.setUTCDate(Math.min(day, last.getUTCDate()));
  return formatTicks(BigInt(target.getTime()) * TICKS_PER_MS + remainderOf(ticks, TICKS_PER_MS));
}

/** How many boundaries of the part lie between start and end. */
function difference(partName: Value, start: Value, end: Value): Value {
  const unit = readPart(partName);
  const from = parseTicks(start);
  const to = parseTicks(end);
  if (unit === undefined || from === undefined || to === undefined) return undefined;
  return Number(boundaries(unit, to) - boundaries(unit, from));
}

function boundaries(unit: DatePart, ticks: bigint): bigint {
  const date = dateOf(ticks);
  switch (unit) {
    case "year":
      return BigInt(date.getUTCFullYear());
    case "month":
      return BigInt(date.getUTCFullYear() * 12 + date.getUTCMonth());
    case "nanosecond":
      return ticks * NS_PER_TICK;
    default:
      return floorDivide(ticks, TICKS_PER[unit]);
  }
}

function part(partName: Value, text: Value): Value {
  const unit = readPart(partName);
  const ticks = parseTicks(text);
  if (unit === undefined || ticks === undefined) return undefined;
  const date = dateOf(ticks);
  const ticksOfSecond = Number(remainderOf(ticks, TICKS_PER.second));
  switch (unit) {
    case "year":
      return date.getUTCFullYear();
    case "month":
      return date.getUTCMonth() + 1;
    case "day":
      return date.getUTCDate();
    case "hour":
      return date.getUTCHours();
    case "minute":
      return date.getUTCMinutes();
    case "second":
      return date.getUTCSeconds();
    case "millisecond":
      return Math.floor(ticksOfSecond / 10_000);
    case "microsecond":
      return Math.floor(ticksOfSecond / 10);
    case "nanosecond":
      return ticksOfSecond * 100;
  }
}

function fromParts(...values: readonly Value[]): Value {
  const [year, month, day, hour = 0, minute = 0, second = 0, fraction = 0] = values;
  const parts = [year, month, day, hour, minute, second, fraction];
  if (!parts.every((value) => typeof value === "number" && Number.isInteger(value) && value >= 0)) {
    return undefined;
  }
  if (Number(fraction) > 9_999_999) return undefined;
  const ticks = ticksOf(parts.slice(0, 6).map(Number), BigInt(Number(fraction)));
  return ticks === undefined ? undefined : formatTicks(ticks);
}

function bin(text: Value, partName: Value, size: Value = 1, start: Value = "1970-01-01"): Value {
  const unit = readPart(partName);
  const ticks = parseTicks(text);
  const origin = parseTicks(start);
  if (
    unit === undefined || unit === "year" || unit === "month" || ticks === undefined || origin === undefined
  ) {
    return undefined;
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size <= 0 || origin < WINDOWS_EPOCH) {
    return undefined;
  }
  const width = unit === "nanosecond" ? BigInt(size) / NS_PER_TICK : BigInt(size) * TICKS_PER[unit];
  return formatTicks(ticks - (width === 0n ? 0n : remainderOf(ticks - origin, width)));
}
