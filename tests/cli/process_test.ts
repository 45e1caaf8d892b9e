import assert from "node:assert/strict";
import { runTool } from "../support/tool_process.ts";
import { runTranscript, startProcess } from "./_run.ts";

Deno.test("the process applies the samples on the embedded database and exits with 0", async () => {
  const { code, out } = await runTranscript(["up", "--emulator=migrations/seed.json", "--allow-offline"]);
  assert.equal(code, 0);
  assert.match(out, /^EMBEDDED DATABASE.*\nApplied 5 migrations: .*\nEMBEDDED DATABASE.*\n$/);
});

Deno.test("the process serves the embedded database until it is interrupted, and exits with 0", async () => {
  const child = startProcess(["emulator"]);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Ctrl+C")) text += (await reader.read()).value ?? "";
  const endpoint = /AccountEndpoint=([^;]+)/.exec(text)?.[1] ?? "";
  const answer = await fetch(endpoint);
  await answer.body?.cancel();
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await reader.cancel();
  assert.equal(await new Response(child.stderr).text(), "");
});

Deno.test("the process ends although a migration left a timer running", async () => {
  const { code, stdout, stderr } = await runTool(["up", "--emulator"], {
    main: "tests/cli/_leftover_main.ts",
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\nApplied 1 migration/);
});
