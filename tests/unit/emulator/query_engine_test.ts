import assert from "node:assert/strict";
import { QueryEngine } from "../../../lib/emulator/query_engine.ts";

Deno.test("QueryEngine.compile() reads a query once for all its pages, and forgets the oldest of many", () => {
  const engine = new QueryEngine();
  const text = "SELECT * FROM c WHERE c.kind = @kind";
  const first = engine.compile(text);
  assert.equal(engine.compile(text), first);
  for (let n = 0; n < 499; n++) engine.compile(`SELECT * FROM c WHERE c.n = ${n}`);
  assert.equal(engine.compile(text), first);
  engine.compile("SELECT * FROM c WHERE c.n = 499");
  assert.notEqual(engine.compile(text), first);
});
