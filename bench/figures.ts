import process from "node:process";
import { EXIT } from "../lib/base/exit_code.ts";

/** One figure with what it has to be. */
export interface Figure {
  readonly what: string;
  /** As printed. */
  readonly measured: string;
  /** As printed; empty for what is only told. */
  readonly target: string;
  readonly ok: boolean;
}

/** A figure that has to be within bounds. */
export function within(
  what: string,
  value: number,
  { least, most, unit = "", digits = 2 }: {
    readonly least?: number;
    readonly most?: number;
    readonly unit?: string;
    readonly digits?: number;
  },
): Figure {
  const bounds = [
    ...(least === undefined ? [] : [`≥ ${least}${unit}`]),
    ...(most === undefined ? [] : [`≤ ${most}${unit}`]),
  ];
  return {
    what,
    measured: `${value.toFixed(digits)}${unit}`,
    target: bounds.join(", "),
    ok: value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY),
  };
}

/** Prints figures; the process exits with 4 when one is not what it has to be. */
export function report(figures: readonly Figure[]): void {
  process.stdout.write(`${tableOf(figures)}\n`);
  if (figures.some(({ ok }) => !ok)) process.exitCode = EXIT.check;
}

/** A table in Markdown. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [
    ["figure", "target", "measured", "ok"],
    ...figures.map(({ what, target, measured, ok }) => [
      what,
      target,
      measured,
      target === "" ? "" : ok ? "yes" : "MISSED",
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows.map(line);
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}
