import assert from "node:assert/strict";
import { createStyle } from "../../../lib/reporting/style.ts";
import { formatTable } from "../../../lib/reporting/table.ts";
import { textWidth, truncate, wrap } from "../../../lib/reporting/text_width.ts";

Deno.test("formatTable() pads by what is seen, not by what is written", () => {
  const { head, rows } = formatTable(
    [{ title: "NAME" }, { title: "N", align: "right" }, { title: "END" }],
    [
      [{ text: "日本" }, { text: "1" }, { text: "x" }],
      [{ text: "abc", mark: (text) => `<${text}>` }, { text: "1 000" }, { text: "" }],
    ],
    createStyle(false),
  );
  assert.deepEqual([...head, ...rows], [
    "NAME      N  END",
    "日本      1  x",
    "<abc>   1 000",
  ]);
});

Deno.test("formatTable() leaves out optional columns, then wraps the last one, then lists, but never exceeds the room", () => {
  const columns = [
    { title: "ID" },
    { title: "N", align: "right", optional: true },
    { title: "WHAT" },
  ] as const;
  const rows = [[{ text: "one" }, { text: "1 000" }, { text: "the first of many words that follow" }]];
  const at = (room: number) => {
    const table = formatTable(columns, rows, createStyle(false, room));
    const lines = [...table.head, ...table.rows].flatMap((text) => text.split("\n"));
    assert.ok(lines.every((line) => textWidth(line) <= room), lines.join("\n"));
    return lines;
  };
  assert.deepEqual(at(80), ["ID       N  WHAT", "one  1 000  the first of many words that follow"]);
  assert.deepEqual(at(42), ["ID   WHAT", "one  the first of many words that follow"]);
  assert.deepEqual(at(30), ["ID   WHAT", "one  the first of many words", "     that follow"]);
  assert.deepEqual(at(20), [
    "one",
    "  N 1 000",
    "  WHAT the first of",
    "    many words that",
    "    follow",
  ]);
});

Deno.test("wrap() breaks between words, keeps the indentation, and does not count colours", () => {
  assert.equal(wrap("  one two three", 10), "  one two\n    three");
  assert.equal(wrap("one \x1b[31mtwo\x1b[39m", 7), "one \x1b[31mtwo\x1b[39m");
  assert.equal(wrap("an-unbreakable-word", 5), "an-unbreakable-word");
});

Deno.test("truncate() cuts at a column and shows that something is missing", () => {
  assert.equal(truncate("hello", 5), "hello");
  assert.equal(truncate("hello world", 7), "hello…");
  assert.equal(truncate("日本語", 4), "日…");
  assert.equal(textWidth("e\u0301日"), 3);
});
