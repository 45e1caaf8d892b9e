import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { renderScreens, screenOfUp } from "../../../tasks/screens.ts";
import { wrap } from "../../../lib/reporting/text_width.ts";
import { Terminal } from "../../support/terminal.ts";

Deno.test("the screen of up with progress is as it is drawn in tests/golden and docs; deno run -A tasks/screens.ts draws it anew", async () => {
  const screens = renderScreens();
  assert.equal(screens.size, 4);
  for (const [path, text] of screens) assert.equal(text, await readFile(path, "utf8"), path);
});

Deno.test("the live line of up stays on one row at any width, and leaves nothing behind", () => {
  for (const columns of [20, 27, 40, 79, 80, 120, 200]) {
    const running = screenOfUp(columns, "running");
    assert.match(running.text.split("\n").at(-1) ?? "", /45%/, `${columns} columns`);
    const { text } = screenOfUp(columns, "done");
    assert.doesNotMatch(text, /45%|Waiting/, `${columns} columns`);
    assert.match(text, /Lease released\n$/);
  }
});

Deno.test("Terminal wraps, goes back to the beginning of a row, erases it and keeps colours", () => {
  const terminal = new Terminal(5);
  terminal.write("abcdefg\rX\n\x1b[1;32mbig\x1b[22m\x1b[39m\r\x1b[2Ky");
  assert.equal(terminal.text, "abcde\nXg\ny");
  const painted = new Terminal(9);
  painted.write("\x1b[1;32ma\x1b[22mb\x1b[39mc");
  assert.deepEqual(painted.rows[0]?.map(({ paint }) => [...paint]), [[1, 32], [32], []]);
  assert.throws(() => painted.write("\x1b[3A"), TypeError);
});

Deno.test("wrap() breaks between words, indents what follows, and leaves a long word whole", () => {
  assert.equal(wrap("short", 10), "short");
  assert.equal(wrap("  one two three four", 10), "  one two\n    three\n    four");
  assert.equal(wrap("a averyveryverylongword b", 10), "a\n  averyveryverylongword\n  b");
  assert.equal(wrap("first line\nsecond", 10), "first line\nsecond");
});
