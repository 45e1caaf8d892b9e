import assert from "node:assert/strict";
import { runTranscript } from "./_run.ts";

const UNREACHABLE = {
  CosmosDb__ConnectionString: "AccountEndpoint=http://127.0.0.1:9/;AccountKey=c2VjcmV0c2VjcmV0;",
  CosmosDb__DatabaseName: "shop",
};

Deno.test("the process lists its migrations and exits with 0", async () => {
  const { code, out, err } = await runTranscript(["list"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^ID +NAME +DESCRIPTION\n/);
});

Deno.test("the process exits with 2 on a wrong command line", async () => {
  const { code, out, err } = await runTranscript(["up", "--steps", "0"]);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /\nNext: cosmig up --help\n$/);
});

Deno.test("the process exits with 75 when the account cannot be reached in time", async () => {
  const { code, err } = await runTranscript(["status", "--connect-timeout", "100ms"], {
    environment: UNREACHABLE,
  });
  assert.equal(code, 75);
  assert.match(err, /ECONNREFUSED|refused/);
});

Deno.test("the process applies the samples on the embedded database and exits with 0", async () => {
  const { code, out } = await runTranscript(["up", "--emulator=migrations/seed.json"]);
  assert.equal(code, 0);
  assert.match(out, /^EMBEDDED DATABASE.*\nApplied 4 migrations: .*\nEMBEDDED DATABASE.*\n$/);
});

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`the process exits with ${exitCode} on ${signal}, also while it tries to connect`, async () => {
    const child = spawn(["status"], UNREACHABLE);
    // It prints nothing while it connects; the warning tells that the listener is there.
    const environmentWarning = await firstLine(child);
    assert.match(environmentWarning, /COSMIG_TYPO/);
    child.kill(signal);
    const { code } = await child.status;
    await child.stderr.cancel();
    await child.stdout.cancel();
    assert.equal(code, exitCode);
  });
}

Deno.test("the process serves the embedded database until it is interrupted, and exits with 0", async () => {
  const child = spawn(["emulator"], {});
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("Ctrl+C")) text += (await reader.read()).value ?? "";
  const endpoint = /AccountEndpoint=([^;]+)/.exec(text)?.[1] ?? "";
  const answer = await fetch(endpoint);
  await answer.body?.cancel();
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await reader.cancel();
  await child.stderr.cancel();
});

function spawn(argv: readonly string[], environment: Readonly<Record<string, string>>): Deno.ChildProcess {
  const { PATH = "", HOME = "", DENO_DIR = "" } = Deno.env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "main.ts", ...argv],
    cwd: new URL("../..", import.meta.url),
    clearEnv: true,
    env: { PATH, HOME, ...(DENO_DIR === "" ? {} : { DENO_DIR }), COSMIG_TYPO: "1", ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stderr.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}
