import type { JsonValue } from "../../../lib/base/json.ts";
import { describeCitation } from "./citation.ts";
import type { Finding } from "./run_suite.ts";

const MAX_VALUE = 60;

const MARKS = { conforms: " ", deviates: "x", unobservable: "?" };

/** Findings as a table of check, expected and got; those that do not conform are marked and followed by what they stand for. */
export async function renderTable(
  name: string,
  findings: readonly Finding[],
  options: { readonly only?: "deviations" } = {},
): Promise<string> {
  const shown = options.only === undefined
    ? findings
    : findings.filter(({ verdict }) => verdict !== "conforms");
  const rows = await Promise.all(shown.map(async ({ check, got, verdict }) => ({
    cells: [
      MARKS[verdict],
      check.name,
      textOf(check.expected, verdict !== "deviates"),
      textOf(got, verdict === "conforms"),
    ],
    note: verdict === "conforms" ? undefined : await describeCitation(check.cites),
  })));
  const heading = ["", "check", "expected", "got"];
  const widths = heading.map((title, at) =>
    Math.min(90, Math.max(title.length, ...rows.map(({ cells }) => cells[at]!.length)))
  );
  const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at]!)).join("  ");
  const count = (wanted: Finding["verdict"]) => findings.filter(({ verdict }) => verdict === wanted).length;
  return [
    line(heading),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.flatMap(({ cells, note }) => note === undefined ? [line(cells)] : [line(cells), `     ${note}`]),
    `${name}: ${findings.length} checks, ${count("deviates")} deviate, ${
      count("unobservable")
    } cannot be observed`,
  ].map((text) => text.trimEnd()).join("\n");
}

/** Values that agree may be cut; those that differ are shown whole. */
function textOf(value: JsonValue, mayBeCut: boolean): string {
  const text = JSON.stringify(value);
  return mayBeCut && text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
}
