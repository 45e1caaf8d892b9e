/** Blocks whose characters take two columns: Hangul, CJK, kana, full-width forms, emoji. */
const WIDE_REGEXP =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const ZERO_WIDTH_REGEXP = /\p{Mark}|\u200B|\u200D|\uFE0F/u;
// deno-lint-ignore no-control-regex
const CONTROL_REGEXP = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

const ASCII_REGEXP = /^[ -~]*$/;

// deno-lint-ignore no-control-regex
const COLOUR_REGEXP = /\x1b\[[\d;]*m/g;

/** A pseudo terminal of 0 columns has no size; 80 is what programs assume then. */
const ASSUMED_COLUMNS = 80;
const NARROWEST_COLUMNS = 20;

/** How wide a line on a terminal of that many columns may be: the last one stays free, as some terminals wrap when it is written. */
export function roomOn(columns: number): number {
  return Math.max(NARROWEST_COLUMNS, columns || ASSUMED_COLUMNS) - 1;
}

/** Columns that a text takes on a terminal; colours take none. */
export function textWidth(text: string): number {
  if (ASCII_REGEXP.test(text)) return text.length;
  let width = 0;
  for (const character of text.replaceAll(COLOUR_REGEXP, "")) width += widthOf(character);
  return width;
}

/** Shortens a text to a number of columns; `…` shows that something is missing. */
export function truncate(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let width = 0;
  let kept = "";
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/**
 * Breaks a text between words so that no line is wider than the columns. A longer word stays whole.
 *
 * @param options.indent columns by which what follows the first line is indented more
 */
export function wrap(
  text: string,
  columns: number,
  { indent = 2 }: { readonly indent?: number } = {},
): string {
  return text.split("\n").map((line) => wrapLine(line, columns, indent)).join("\n");
}

function wrapLine(line: string, columns: number, more: number): string {
  if (textWidth(line) <= columns) return line;
  const indent = `${/^ */.exec(line.replaceAll(COLOUR_REGEXP, ""))?.[0] ?? ""}${" ".repeat(more)}`;
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<=\S)(?= )/)) {
    if (current !== "" && textWidth(current) + textWidth(word) > columns) {
      lines.push(current);
      current = `${indent}${word.trimStart()}`;
    } else current += word;
  }
  return [...lines, current].join("\n");
}

/**
 * Takes out what could move the cursor or change colours: texts of documents and servers must not draw on the
 * screen.
 */
export function withoutControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(CONTROL_REGEXP, "\uFFFD");
}

function widthOf(character: string): number {
  if (ZERO_WIDTH_REGEXP.test(character)) return 0;
  return WIDE_REGEXP.test(character) ? 2 : 1;
}
