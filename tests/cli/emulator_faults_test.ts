import assert from "node:assert/strict";
import { fakeIo } from "./_fake_io.ts";
import { runFake } from "./_run.ts";

const FAULTS = JSON.stringify({
  rules: [
    { name: "no databases", when: { resource: "database" }, then: { kind: "answer", status: 503 } },
    { name: "not today", when: { operation: "bulk" }, then: { kind: "hang" } },
    { when: { operation: "patch" }, then: { kind: "hang" } },
  ],
});

Deno.test("emulator --faults fails as the rules say, and reports those that never fired", async () => {
  const { promise: endpoint, resolve } = Promise.withResolvers<string>();
  const io = fakeIo({
    files: { "faults.json": FAULTS },
    onOut: (text) => {
      const found = /AccountEndpoint=([^;]+);/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    },
  });
  const running = runFake(["emulator", "--faults", "faults.json"], { io });
  const answer = await fetch(`${await endpoint}dbs`);
  await answer.body?.cancel();
  assert.equal(answer.status, 503);
  io.send("SIGINT");
  const { err } = await running;
  assert.match(err, /Fault rule "not today" never fired/);
  assert.match(err, /Fault rule \/rules\/2 never fired/);
  assert.doesNotMatch(err, /no databases/);
});

Deno.test("emulator --faults names what is wrong with the rules", async () => {
  const files = { "broken.json": "{", "wrong.json": '{"rules":[{"when":{"nth":0},"then":{"kind":"hang"}}]}' };
  const broken = await runFake(["emulator", "--faults", "broken.json"], { files });
  assert.match(broken.err, /Cannot read the fault rules "broken\.json" as it is not JSON/);
  const wrong = await runFake(["emulator", "--faults", "wrong.json"], { files });
  assert.match(wrong.err, /Cannot read the fault rules at "\/rules\/0\/when\/nth"/);
  assert.ok(broken.code !== 0 && wrong.code !== 0);
});
