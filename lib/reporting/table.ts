import { textWidth } from "./text_width.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right" | undefined;
}

/** What a cell holds: text, and how to paint it once it is padded. */
export interface Cell {
  readonly text: string;
  readonly mark?: ((text: string) => string) | undefined;
}

/** Lays out rows in columns as wide as they have to be; two spaces between them, none at the end of a line. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const lines = [columns.map(({ title }): Cell => ({ text: title })), ...rows];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((cells) => textWidth(cells[index]?.text ?? "")))
  );
  return lines.map((cells) =>
    columns.map(({ align }, index) => {
      const { text, mark = (plain: string) => plain } = cells[index] ?? { text: "" };
      const padding = " ".repeat(Math.max(0, (widths[index] ?? 0) - textWidth(text)));
      return align === "right" ? `${padding}${mark(text)}` : `${mark(text)}${padding}`;
    }).join("  ").trimEnd()
  );
}
