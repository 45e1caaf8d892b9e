import { styleText } from "node:util";

/** Marks up a text. */
export type Mark = (text: string) => string;

/** How the output looks: the marks that it uses, and the room that it has. */
export interface Style {
  /** Columns that a line may take; infinitely many where nobody looks at a screen. */
  readonly columns: number;
  readonly bold: Mark;
  readonly dim: Mark;
  readonly red: Mark;
  readonly green: Mark;
  readonly yellow: Mark;
  readonly cyan: Mark;
}

type Format = Exclude<keyof Style, "columns">;

/** Marks that colour, or leave the text as it is. */
export function createStyle(colour: boolean, columns = Infinity): Style {
  const mark = (format: Format): Mark =>
    colour ? (text) => text === "" ? "" : styleText(format, text, { validateStream: false }) : (text) => text;
  return {
    columns,
    bold: mark("bold"),
    dim: mark("dim"),
    red: mark("red"),
    green: mark("green"),
    yellow: mark("yellow"),
    cyan: mark("cyan"),
  };
}

/** Whether to colour: `FORCE_COLOR` first, then `NO_COLOR`, then whether it is a terminal that can. */
export function usesColour(
  stream: { readonly isTty: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = environment;
  if (force !== undefined) return force !== "0" && force !== "false";
  if (no !== undefined && no !== "") return false;
  return stream.isTty && term !== "dumb";
}
