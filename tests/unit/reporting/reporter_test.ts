import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { createReporter, type ReportFormat } from "../../../lib/reporting/reporter.ts";
import { textWidth } from "../../../lib/reporting/text_width.ts";
import { ALL_EVENTS, progressed, STEP_STARTED, WAITING } from "./_events.ts";
import { ManualClock } from "./_manual_clock.ts";

function setUp(format: ReportFormat, { columns = 80, colour = false } = {}) {
  const clock = new ManualClock();
  const writes: string[] = [];
  const reporter = createReporter(format, {
    write: (text) => writes.push(text),
    clock,
    columns: () => columns,
    colour,
  });
  return { clock, writes, reporter, text: () => writes.join("") };
}

/** What a terminal shows after all this was written to it. */
function screen(text: string): string[] {
  return text.split("\n").map((line) => stripVTControlCharacters(line.split("\r").at(-1) ?? ""));
}

Deno.test("the plain reporter writes one stable line for each event that people care about", () => {
  const { reporter, clock, text } = setUp("plain");
  for (const event of ALL_EVENTS) {
    clock.advance(10_000);
    reporter.emit(event);
  }
  reporter.close();
  assert.equal(
    text(),
    `Warning: mind the gap
Created the ledger container "__migrations" (throughput: 400 RU/s)
Waiting for the lease: held by host pod-1, process 7, up, since 2024-01-01 09:00:00 UTC; waited 12s
Waiting for the lease: it is free, and others try as well; waited 15s
Waiting for 1 migration: nobody migrates; waited 0ms
Lease acquired, term 4, taken over from host pod-1, process 7, up, since 2024-01-01 09:00:00 UTC
Pausing 20s before the first change: the holder before was cut off
Completing an interrupted rollback: 20240101_000003
Applying 20240101_000001 add_age (1 of 2)
  step 1 of 2: Users: add /age = 0
  44%, 130 of 295 documents, 200/s, 400 RU/s, 3× throttled
  | half way
  done: 290 documents changed, 5 left as they were, 1 235 RU, 3.2s
  skipped: the container does not exist
  done by an earlier run
Applied 20240101_000001 add_age: 290 documents changed, 5 left as they were, 1 235 RU, 3.2s
Rolled back 20240101_000001 add_age: 290 documents changed, 5 left as they were, 1 235 RU, 3.2s
Failed 20240101_000001 add_age (attempt 2 of 5): no such user
Lease released
`,
  );
});

Deno.test("the plain reporter writes a progress line every 10 seconds of a step", () => {
  const { reporter, clock, writes } = setUp("plain");
  reporter.emit(STEP_STARTED);
  for (let second = 1; second <= 35; second++) {
    clock.advance(1_000);
    reporter.emit(progressed(second * 10));
  }
  assert.deepEqual(writes.slice(1).map((line) => line.trim().split(",")[1]?.trim()), [
    "100 of 1 000 documents",
    "200 of 1 000 documents",
    "300 of 1 000 documents",
  ]);
});

Deno.test("the plain reporter says at once that it waits, then every 10 seconds", () => {
  const { reporter, clock, writes } = setUp("plain");
  // The first read of the lease takes its time as well. The second wait follows a lease that was lost.
  for (const beginMs of [3, 4]) {
    for (let waitedMs = beginMs; waitedMs <= 21_000; waitedMs += 1_000) {
      reporter.emit({ type: "lease-waiting", holder: undefined, waitedMs });
      clock.advance(1_000);
    }
  }
  const waits = ["10s", "20s"];
  assert.deepEqual(
    writes.map((line) => line.trim().split(" ").at(-1)),
    ["3ms", ...waits, "4ms", ...waits],
  );
});

Deno.test("the JSON reporter writes one object a line with time, level, text and the event", () => {
  const { reporter, clock, writes } = setUp("json");
  for (const event of ALL_EVENTS) {
    clock.advance(10_000);
    reporter.emit(event);
  }
  assert.equal(writes.length, ALL_EVENTS.length);
  for (const [index, line] of writes.entries()) {
    assert.equal(line.indexOf("\n"), line.length - 1);
    const { time, level, text, ...event } = JSON.parse(line);
    assert.match(time, /^2024-01-01T09:\d\d:\d\d\.000Z$/);
    assert.ok(["debug", "info", "warning", "error"].includes(level));
    assert.equal(typeof text, "string");
    assert.deepEqual(event, JSON.parse(JSON.stringify(ALL_EVENTS[index])));
  }
});

Deno.test("the terminal reporter rewrites one line and writes at most once per 100 ms", () => {
  const { reporter, clock, writes } = setUp("terminal");
  for (let read = 0; read < 1_000; read++) {
    reporter.emit(progressed(read));
    clock.advance(1);
  }
  assert.ok(writes.length >= 10 && writes.length <= 11, `${writes.length} writes for 1000 ms`);
  clock.advance(100);
  assert.equal(screen(writes.join("")).length, 1);
  assert.match(screen(writes.join("")).at(-1) ?? "", /999 of 1 000/);
  reporter.close();
  assert.equal(screen(writes.join("")).at(-1), "");
  assert.equal(clock.pending, 0);
});

Deno.test("the terminal reporter keeps what stays above the live line", () => {
  const { reporter, text } = setUp("terminal");
  reporter.emit(progressed(500));
  reporter.emit({ type: "step-logged", id: "a", step: "b", message: "hello" });
  const lines = screen(text());
  assert.equal(lines[0], "  | hello");
  assert.match(lines[1] ?? "", /500 of 1 000/);
});

for (
  const [columns, expected] of [
    [80, "  [==========          ]  50%  500 of 1 000  200/s  400 RU/s  3s left"],
    [0, "  [==========          ]  50%  500 of 1 000  200/s  400 RU/s  3s left"],
    [40, "  50%  500 of 1 000  400 RU/s  3s left"],
    [24, "  50%  500 of 1 000"],
  ] as const
) {
  Deno.test(`the terminal reporter fits its live line into ${columns} columns`, () => {
    const { reporter, text } = setUp("terminal", { columns });
    reporter.emit(progressed(500));
    assert.equal(screen(text()).at(-1), expected);
  });
}

Deno.test("the terminal reporter never fills the last column, whatever the width", () => {
  for (const columns of [0, 1, 20, 21, 30, 40, 41, 79, 80, 200]) {
    const { reporter, text, clock } = setUp("terminal", { columns });
    for (const event of [progressed(123_456_789, 987_654_321), progressed(5, undefined), WAITING]) {
      reporter.emit(event);
      clock.advance(100);
      const width = textWidth(screen(text()).at(-1) ?? "");
      assert.ok(width > 0 && width < Math.max(20, columns || 80), `${width} of ${columns}`);
    }
  }
});

Deno.test("the terminal reporter colours only when it may", () => {
  const escape = "\x1b[3";
  const plain = setUp("terminal");
  const coloured = setUp("terminal", { colour: true });
  for (const event of ALL_EVENTS) {
    plain.reporter.emit(event);
    coloured.reporter.emit(event);
  }
  assert.ok(!plain.text().includes(escape));
  assert.ok(coloured.text().includes(escape));
  assert.deepEqual(screen(plain.text()), screen(coloured.text()));
});

Deno.test("reporters let no text of a server or document move the cursor", () => {
  for (const format of ["terminal", "plain"] as const) {
    const { reporter, text } = setUp(format);
    reporter.emit({ type: "step-logged", id: "a", step: "b", message: "a\x1b[2Jb\rc\x07" });
    assert.equal(text(), "  | a\uFFFD[2Jb\uFFFDc\uFFFD\n");
  }
});
