import assert from "node:assert/strict";
import { formatTable } from "../../../lib/reporting/table.ts";
import { textWidth, truncate } from "../../../lib/reporting/text_width.ts";

Deno.test("formatTable() pads by what is seen, not by what is written", () => {
  const lines = formatTable(
    [{ title: "NAME" }, { title: "N", align: "right" }, { title: "END" }],
    [
      [{ text: "日本" }, { text: "1" }, { text: "x" }],
      [{ text: "abc", mark: (text) => `<${text}>` }, { text: "1 000" }, { text: "" }],
    ],
  );
  assert.deepEqual(lines, [
    "NAME      N  END",
    "日本      1  x",
    "<abc>   1 000",
  ]);
});

Deno.test("truncate() cuts at a column and shows that something is missing", () => {
  assert.equal(truncate("hello", 5), "hello");
  assert.equal(truncate("hello world", 7), "hello…");
  assert.equal(truncate("日本語", 4), "日…");
  assert.equal(textWidth("e\u0301日"), 3);
});
