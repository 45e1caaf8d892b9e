import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import fc from "fast-check";
import { terminationMessage } from "../../../lib/reporting/termination_message.ts";

Deno.test("terminationMessage() is one JSON line", () => {
  const line = terminationMessage({ command: "up", exitCode: 0, outcome: "done", finished: ["a", "b"] });
  assert.equal(line, '{"command":"up","exitCode":0,"outcome":"done","finished":["a","b"]}\n');
});

Deno.test("terminationMessage() shortens the list of migrations first and keeps its length", () => {
  const finished = Array.from({ length: 1_000 }, (_, index) => `20240101_${String(index).padStart(6, "0")}`);
  const parsed = JSON.parse(
    terminationMessage({ command: "up", exitCode: 1, outcome: "failed", finished, message: "why" }),
  );
  assert.equal(parsed.message, "why");
  assert.equal(parsed.finishedCount, 1_000);
  assert.equal(parsed.finished.length, 100);
});

Deno.test("terminationMessage() is at most 4096 bytes of JSON, whatever it is given", () => {
  const text = fc.oneof(fc.string(), fc.constant("ä\u0000😀".repeat(1_000)));
  const arbitrary = fc.record({
    command: fc.string(),
    message: text,
    hint: text,
    finished: fc.array(fc.string(), { maxLength: 500 }),
  });
  fc.assert(
    fc.property(arbitrary, (facts) => {
      const line = terminationMessage({ exitCode: 75, outcome: "failed", ...facts });
      assert.ok(Buffer.byteLength(line) <= 4_096);
      assert.ok(line.endsWith("}\n") && !line.slice(0, -1).includes("\n"));
      assert.equal(JSON.parse(line).exitCode, 75);
    }),
    { numRuns: 30 },
  );
});
