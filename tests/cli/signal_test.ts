import assert from "node:assert/strict";
import { run, type RunFunction } from "../../lib/definition/run.ts";
import { type FakeIo, fakeIo } from "./_fake_io.ts";
import { CONNECTING } from "./_commands.ts";
import { startDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

function registryThat(execute: RunFunction) {
  return registryOf({ "Wait for it": [run({ name: "wait", describe: "wait for it", execute })] });
}

/** Resolves with the reason when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function upWith(io: FakeIo, migrations: ReturnType<typeof registryThat>, ...flags: string[]) {
  return runFake(["up", "--init", ...flags], { io, migrations });
}

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`up ends with ${exitCode} on ${signal}, with the lease released and no attempt counted`, async () => {
    await using database = await startDatabase();
    const io = fakeIo({ environment: database.environment });
    const migrations = registryThat(async (context) => {
      io.send(signal);
      await aborted(context.signal);
    });
    const { code, err } = await upWith(io, migrations);
    assert.equal(code, exitCode, err);
    assert.match(
      err,
      new RegExp(
        `\\nWarning: ${signal} received: finishing in an orderly way; send it again to stop at once\\n`,
      ),
    );
    assert.match(err, /\nLease released\n/);
    assert.match(err, /\nNext: cosmig up --init\n$/);
    assert.deepEqual(io.exits, []);
    assert.equal(io.listening(), 0);
    const { lease, migrations: [one] } = JSON.parse(
      (await database.run("status --json", { migrations })).out,
    );
    assert.deepEqual([lease.holder, one.state, one.record.attempts], [null, "interrupted", 0]);
  });
}

Deno.test("on a terminal what is said about Ctrl+C begins below the ^C, so that it keeps its width", async () => {
  await using database = await startDatabase();
  const io = fakeIo({ environment: { ...database.environment, NO_COLOR: "1" }, columns: 80 });
  const migrations = registryThat(async (context) => {
    io.send("SIGINT");
    await aborted(context.signal);
  });
  const { code, err } = await upWith(io, migrations);
  assert.equal(code, 130);
  assert.match(err, /\n\nWarning: SIGINT received/);
});

Deno.test("the second signal ends the process at once, with a termination message", async () => {
  await using database = await startDatabase();
  const io = fakeIo({ environment: { ...database.environment, COSMIG_TERMINATION_MESSAGE_PATH: "/m" } });
  let messageAtExit: string | undefined;
  const migrations = registryThat(async (context) => {
    io.send("SIGTERM");
    io.send("SIGTERM");
    messageAtExit = io.written.get("/m");
    await aborted(context.signal);
  });
  await upWith(io, migrations);
  assert.deepEqual(io.exits, [143]);
  assert.equal(JSON.parse(messageAtExit ?? "").exitCode, 143);
});

Deno.test("an error that nobody catches ends the process with one message, not with a stack", async () => {
  const io = fakeIo();
  const running = runFake(["list"], { io });
  io.crash(new TypeError("out of the blue"));
  await running;
  assert.deepEqual(io.exits, [1]);
  assert.match(
    io.errText(),
    /^Error: out of the blue\nThis was not foreseen.*\nNext: cosmig list --verbose\n$/,
  );
});

/** Waits for the signal, and not for ever: a test of what aborts it has to fail when nothing does. */
async function abortedSoon(signal: AbortSignal): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, 5_000);
  try {
    await Promise.race([aborted(signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("--timeout ends a run with 75", async () => {
  await using database = await startDatabase();
  const io = fakeIo({ environment: database.environment });
  const migrations = registryThat((context) => abortedSoon(context.signal));
  const { code, err } = await upWith(io, migrations, "--timeout", "2s");
  assert.equal(code, 75, err);
  assert.match(err, /\nError: The command did not end within --timeout 2s\n/);
  assert.match(err, /\nLease released\n/);
});

Deno.test("--timeout ends a rehearsal with 75", async () => {
  const migrations = registryThat((context) => abortedSoon(context.signal));
  const { code, err } = await runFake(["rehearse", "--timeout", "300ms"], { migrations });
  assert.equal(code, 75, err);
  assert.match(err, /\nError: The command did not end within --timeout 300ms\n/);
});

Deno.test("--timeout ends every command whose requests are never answered", async () => {
  await using database = await startDatabase();
  database.emulator.inject({ when: {}, then: { kind: "hang" } });
  for (const line of CONNECTING.filter((command) => !command.startsWith("wait"))) {
    const { code, err } = await database.run(`${line} --timeout 100ms`);
    assert.equal(code, 75, `${line}: ${err}`);
    assert.match(err, /^Error: The command did not end within --timeout 100ms\n/m, line);
  }
});

Deno.test("up that finds the lease held waits, says who holds it, and gives up with 75 after --lock-timeout", async () => {
  await using database = await startDatabase();
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const migrations = registryThat(async () => {
    held.resolve();
    await release.promise;
  });
  const first = database.run("up --init", { migrations });
  await held.promise;
  const shown = await database.run("lock show", { migrations });
  assert.match(shown.out, /\nLease: held by host host-1, process 42, running up since .* UTC, term 1\n/);
  assert.match((await database.run("status", { migrations })).out, /20240101_000001 +wait_for_it +running/);
  const second = await database.run("up --lock-timeout 50ms", { migrations });
  assert.equal(second.code, 75, second.err);
  assert.match(second.err, /host-1/);
  assert.match(second.err, /\nNext: cosmig lock show\n$/);
  release.resolve();
  assert.equal((await first).code, 0);
});

Deno.test("emulator ends well when it is interrupted, and prints what to copy", async () => {
  const listening = Promise.withResolvers<void>();
  const io = fakeIo({ onOut: (text) => text.includes("Ctrl+C") && listening.resolve() });
  const running = runFake(["emulator", "--partitions", "2", "--latency", "0ms"], { io });
  await listening.promise;
  io.send("SIGINT");
  const { code, out, err } = await running;
  assert.deepEqual([code, err], [0, ""]);
  const [, connectionString = ""] = /^export CosmosDb__ConnectionString='(.*)'$/m.exec(out) ?? [];
  assert.match(
    connectionString,
    /^AccountEndpoint=http:\/\/127\.0\.0\.1:\d+\/;AccountKey=[A-Za-z0-9+/=]{88};$/,
  );
  assert.match(out, /^export CosmosDb__DatabaseName='cosmig'$/m);
});

Deno.test("emulator on a port in use is exit code 2", async () => {
  await using database = await startDatabase();
  const port = new URL(database.emulator.endpoint).port;
  const { code, err } = await runFake(["emulator", "--port", port]);
  assert.equal(code, 2, err);
  assert.match(err, /^Error: Cannot listen at 127\.0\.0\.1:\d+ as the port is in use\n/);
});
