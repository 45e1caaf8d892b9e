import assert from "node:assert/strict";
import { createStyle, usesColour } from "../../../lib/reporting/style.ts";

Deno.test("usesColour() asks FORCE_COLOR, then NO_COLOR, then the terminal", () => {
  const table: readonly [boolean, Record<string, string>, boolean][] = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    [true, { TERM: "dumb" }, false],
  ];
  for (const [isTty, environment, expected] of table) {
    assert.equal(usesColour({ isTty }, environment), expected, JSON.stringify([isTty, environment]));
  }
});

Deno.test("createStyle() marks text, or leaves it as it is", () => {
  assert.equal(createStyle(false).red("x"), "x");
  assert.equal(createStyle(true).red("x"), "\x1b[31mx\x1b[39m");
  assert.equal(createStyle(true).red(""), "");
});
