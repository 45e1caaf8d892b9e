import type { Style } from "./style.ts";
import { textWidth, wrap } from "./text_width.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right" | undefined;
  /** Left out where there is no room for all columns. */
  readonly optional?: boolean | undefined;
}

/** What a cell holds: text, and how to paint it once it is padded. */
export interface Cell {
  readonly text: string;
  readonly mark?: ((text: string) => string) | undefined;
}

/** A table as texts; one of them may be several lines. */
export interface Table {
  /** None where each row says by itself what it holds. */
  readonly head: readonly string[];
  readonly rows: readonly string[];
}

/** A column that got narrower would be read letter by letter. */
const NARROWEST_WRAPPED = 20;
const GAP = "  ";

/**
 * Lays out rows in columns as wide as they have to be; two spaces between them, none at the end of a line. Where
 * the room is too narrow, optional columns are left out, else the last one is wrapped, else each row becomes a
 * short list.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { dim, columns: room }: Pick<Style, "dim" | "columns">,
): Table {
  const widths = columns.map(({ title }, index) =>
    Math.max(textWidth(title), ...rows.map((cells) => textWidth(cells[index]?.text ?? "")))
  );
  const widthOf = (shown: readonly number[]) =>
    shown.reduce((sum, index) => sum + (widths[index] ?? 0), GAP.length * (shown.length - 1));
  let shown = columns.map((_, index) => index);
  while (widthOf(shown) > room) {
    const left = shown.findLast((index) => columns[index]?.optional === true);
    if (left === undefined) break;
    shown = shown.filter((index) => index !== left);
  }
  const last = shown.at(-1) ?? 0;
  const start = widthOf(shown) - (widths[last] ?? 0);
  const fits = widthOf(shown) <= room;
  if (!fits && (columns[last]?.align === "right" || room - start < NARROWEST_WRAPPED)) {
    return { head: [], rows: rows.map((cells) => toList(columns, cells, room)) };
  }
  const line = (cells: readonly Cell[]) =>
    shown.map((index) => {
      const { text, mark = (plain: string) => plain } = cells[index] ?? { text: "" };
      if (index === last && !fits) return mark(wrapAt(text, { start, room }));
      const padding = " ".repeat(Math.max(0, (widths[index] ?? 0) - textWidth(text)));
      return columns[index]?.align === "right" ? `${padding}${mark(text)}` : `${mark(text)}${padding}`;
    }).join(GAP).trimEnd();
  return { head: [dim(line(columns.map(({ title }) => ({ text: title }))))], rows: rows.map(line) };
}

function wrapAt(text: string, { start, room }: { readonly start: number; readonly room: number }): string {
  return wrap(text, room - start, { indent: 0 }).replaceAll("\n", `\n${" ".repeat(start)}`);
}

/** The first cell, and below it what the others hold, each with its title. */
function toList(columns: readonly Column[], cells: readonly Cell[], room: number): string {
  const [first, ...others] = cells;
  const lines = [first?.text ?? ""];
  let current = "";
  for (const [index, { text, mark = (plain: string) => plain }] of others.entries()) {
    if (text === "") continue;
    const part = `${columns[index + 1]?.title ?? ""} ${mark(text)}`;
    if (current !== "" && textWidth(`${current}${GAP}${part}`) > room) {
      lines.push(current);
      current = "";
    }
    current = current === "" ? `${GAP}${part}` : `${current}${GAP}${part}`;
  }
  if (current !== "") lines.push(current);
  return lines.map((line) => wrap(line, room)).join("\n");
}
