/** Digits of a date, an underscore, six digits that order the migrations of a day. */
const ID_REGEXP = /^(\d{4})(\d{2})(\d{2})_\d{6}$/;
const FILE_NAME_REGEXP = /^(\d{8}_\d{6})_([A-Za-z0-9][A-Za-z0-9_-]*)\.ts$/;

/** What the name of a migration's file says. */
export interface MigrationFileName {
  readonly id: string;
  readonly name: string;
}

/** Whether a text is an id: `YYYYMMDD_NNNNNN` with a date that exists. What {@linkcode newMigrationId} writes is the time of day in UTC. */
export function isMigrationId(text: string): boolean {
  const [, year, month, day] = ID_REGEXP.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  // A date that does not exist becomes another one.
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCDate() === day;
}

/**
 * Takes the name of a migration's file apart: `20240101_090000_add_age.ts` is the id `20240101_090000` and the name `add_age`.
 *
 * @returns `undefined` when it is not the name of a migration's file
 */
export function parseMigrationFileName(fileName: string): MigrationFileName | undefined {
  const [, id, name] = FILE_NAME_REGEXP.exec(fileName) ?? [];
  return id !== undefined && name !== undefined && isMigrationId(id) ? { id, name } : undefined;
}

/** The name of a migration's file. */
export function formatMigrationFileName({ id, name }: MigrationFileName): string {
  return `${id}_${name}.ts`;
}

/**
 * The id of a new migration: the wall clock in UTC, or the next number after `newest` where that is not later, so that a new migration always
 * sorts last.
 *
 * @param wallMs milliseconds since the Unix epoch
 * @param newest the greatest id so far
 */
export function newMigrationId(wallMs: number, newest?: string): string {
  const now = formatId(new Date(wallMs));
  return newest === undefined || newest < now ? now : nextId(newest);
}

function nextId(id: string): string {
  const [date = "", number = ""] = id.split("_");
  if (number !== "999999") return `${date}_${String(Number(number) + 1).padStart(6, "0")}`;
  const nextDay = new Date(
    Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)) + 1),
  );
  return formatId(nextDay);
}

function formatId(date: Date): string {
  const [day = "", time = ""] = date.toISOString().split(".")[0]?.split("T") ?? [];
  return `${day.replaceAll("-", "")}_${time.replaceAll(":", "")}`;
}
