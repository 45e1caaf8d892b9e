/**
 * Draws what `up` shows on a terminal while it runs: the text that the tests hold the reporter against
 * (`tests/golden`), and pictures of it for the documentation (`docs/*.svg`).
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import type { RunEvent } from "../lib/base/events.ts";
import { createReporter } from "../lib/reporting/reporter.ts";
import { type ScreenCell, Terminal } from "../tests/support/terminal.ts";
import { ManualClock } from "../tests/unit/reporting/_manual_clock.ts";

const GOLDEN = new URL("../tests/golden/", import.meta.url);
const DOCS = new URL("../docs/", import.meta.url);
const WIDTHS = [80, 40] as const;

const HOLDER = {
  host: "shop-7c9d-x2k4",
  pid: 1,
  version: "0.1.0",
  command: "up",
  since: "2024-01-01T09:00:00Z",
};
const FIRST = { id: "20240101_090000", name: "add_age_to_users" };
const SECOND = { id: "20240102_100000", name: "rename_sku" };
const NO_COST = { documents: { read: 0, changed: 0, skipped: 0 }, requestUnits: 0, durationMs: 0 };

/** What happens in a run of two migrations, and how long after the event before. */
const EVENTS: readonly (readonly [afterMs: number, event: RunEvent])[] = [
  [0, { type: "lease-waiting", holder: HOLDER, waitedMs: 0 }],
  [4_000, { type: "lease-acquired", term: 7, takenOverFrom: undefined }],
  [10, { type: "migration-started", ...FIRST, direction: "up", position: 1, total: 2, resumed: false }],
  [0, {
    ...{ type: "step-started", id: FIRST.id, step: "age", position: 1, total: 1 },
    description: 'Add field /age = 0 to documents of "Users" that lack it',
  }],
  [900, { type: "step-finished", id: FIRST.id, step: "age", outcome: "done", ...cost(1_204, 13_240, 2_100) }],
  [10, { type: "migration-applied", ...FIRST, ...cost(1_204, 13_240, 2_200) }],
  [10, { type: "migration-started", ...SECOND, direction: "up", position: 2, total: 2, resumed: true }],
  [0, {
    ...{ type: "step-started", id: SECOND.id, step: "sku", position: 1, total: 1 },
    description: 'Rename field /items/*/sku to /items/*/code in documents of "Orders"',
  }],
  [1_000, progress(12_000)],
  [61_000, progress(1_130_400)],
  [60_000, progress(2_466_000)],
  [1_000, {
    type: "step-finished",
    id: SECOND.id,
    step: "sku",
    outcome: "done",
    ...cost(2_466_000, 27_126_000, 124_000),
  }],
  [10, { type: "migration-applied", ...SECOND, ...cost(2_466_000, 27_126_000, 124_100) }],
  [0, { type: "lease-released", term: 7, unsettled: false }],
];

/** Where a run stands when its screen is looked at. */
export type Moment = "waiting" | "running" | "done";

const LENGTHS: Readonly<Record<Moment, number>> = { waiting: 1, running: 10, done: EVENTS.length };

/** The screen of `up` at a moment of that run. */
export function screenOfUp(columns: number, moment: Moment): Terminal {
  const terminal = new Terminal(columns);
  const clock = new ManualClock();
  const reporter = createReporter("terminal", {
    write: (text) => terminal.write(text),
    clock,
    columns: () => columns,
    colour: true,
  });
  for (const [afterMs, event] of EVENTS.slice(0, LENGTHS[moment])) {
    clock.advance(afterMs);
    reporter.emit(event);
  }
  if (moment === "done") reporter.close();
  return terminal;
}

/** Every file that is drawn, with its text. */
export function renderScreens(): ReadonlyMap<string, string> {
  return new Map(WIDTHS.flatMap((columns): [string, string][] => {
    const moments = (["waiting", "running", "done"] as const).map((moment) =>
      `--- ${moment}, ${columns} columns\n${screenOfUp(columns, moment).text.trimEnd()}\n`
    );
    return [
      [new URL(`up-${columns}.txt`, GOLDEN).pathname, moments.join("")],
      [new URL(`up-${columns}.svg`, DOCS).pathname, toSvg(screenOfUp(columns, "running"), columns)],
    ];
  }));
}

function cost(changed: number, requestUnits: number, durationMs: number): typeof NO_COST {
  return { documents: { read: changed, changed, skipped: 0 }, requestUnits, durationMs };
}

function progress(read: number): RunEvent {
  return {
    type: "step-progressed",
    id: SECOND.id,
    step: "sku",
    progress: {
      container: "Orders",
      documents: { read, changed: read, skipped: 0 },
      expected: 2_466_000,
      rangesDone: 1,
      rangesTotal: 4,
      requestUnits: read * 11,
      ruPerSecond: 219_600,
      documentsPerSecond: 20_000,
      throttled: read > 100_000 ? 12 : 0,
    },
  };
}

const COLOURS: Readonly<Record<number, string>> = {
  31: "#f47067",
  32: "#57ab5a",
  33: "#c69026",
  36: "#39c5cf",
};
const [CELL_WIDTH, ROW_HEIGHT, MARGIN] = [8.4, 19, 12];

function toSvg({ rows }: Terminal, columns: number): string {
  const [width, height] = [
    Math.ceil(columns * CELL_WIDTH + 2 * MARGIN),
    rows.length * ROW_HEIGHT + 2 * MARGIN,
  ];
  const lines = rows.map((row, index) =>
    `<text x="${MARGIN}" y="${MARGIN + (index + 0.75) * ROW_HEIGHT}">${
      runsOf(row).map(toSpan).join("")
    }</text>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="6" fill="#22272e"/>
<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14" fill="#adbac7" xml:space="preserve">
${lines.join("\n")}
</g>
</svg>
`;
}

/** Neighbours that are painted alike. */
function runsOf(
  row: readonly ScreenCell[],
): readonly { readonly text: string; readonly paint: ScreenCell["paint"] }[] {
  const runs: { text: string; paint: ScreenCell["paint"] }[] = [];
  for (const { character, paint } of row) {
    const last = runs.at(-1);
    if (last !== undefined && [...last.paint].join() === [...paint].join()) last.text += character;
    else runs.push({ text: character, paint });
  }
  return runs;
}

function toSpan({ text, paint }: { readonly text: string; readonly paint: ScreenCell["paint"] }): string {
  const colour = [...paint].map((code) => COLOURS[code]).find((known) => known !== undefined);
  const attributes = [
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
    ...(paint.has(1) ? ['font-weight="bold"'] : []),
    ...(paint.has(2) ? ['opacity="0.6"'] : []),
  ].join(" ");
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return attributes === "" ? `<tspan>${escaped}</tspan>` : `<tspan ${attributes}>${escaped}</tspan>`;
}

if (import.meta.main) {
  await mkdir(GOLDEN, { recursive: true });
  for (const [path, text] of renderScreens()) await writeFile(path, text);
}
