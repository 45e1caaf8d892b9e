import assert from "node:assert/strict";
import { commandOf, CONNECTING } from "./_commands.ts";
import { runFake } from "./_run.ts";

const KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";

Deno.test("commands that connect name all that is missing and exit with 2", async () => {
  for (const command of CONNECTING) {
    const { code, out, err } = await runFake(command.split(" "));
    assert.deepEqual([code, out], [2, ""], command);
    assert.equal(
      err,
      `Error: 2 settings are wrong:
  CosmosDb__ConnectionString: is missing; give a connection string, or CosmosDb__AccountEndpoint with CosmosDb__AccountKey (not set)
  CosmosDb__DatabaseName: is missing (not set)
Set CosmosDb__ConnectionString, or name a file with --config
Next: cosmig ${commandOf(command)} --help
`,
    );
  }
});

Deno.test("a malformed connection string is named without its value", async () => {
  const { code, err } = await runFake(["status"], {
    environment: { CosmosDb__ConnectionString: `AccountKey=${KEY};oops`, CosmosDb__DatabaseName: "shop" },
  });
  assert.equal(code, 2);
  assert.equal(
    err.split("\n")[0],
    'Error: CosmosDb__ConnectionString: has to look like "AccountEndpoint=https://<account>.documents.azure.com:443/;AccountKey=<key>;": part 2 is not "name=value" (environment)',
  );
});

Deno.test("--config and COSMIG_CONFIG name a settings file, and its problems have lines", async () => {
  const files = { "a.json": '{\n  "Cosmig": { "Lease": 30 }\n}' };
  for (
    const [argv, environment] of [[["plan", "--config", "a.json"], {}], [["plan"], {
      COSMIG_CONFIG: "a.json",
    }]] as const
  ) {
    const { code, err } = await runFake(argv, { environment, files });
    assert.equal(code, 2);
    assert.match(err, /Cosmig:Lease: needs a unit, as in "30s": current value is "30" \(a\.json, line 2\)/);
  }
  const missing = await runFake(["plan", "--config", "b.json"], { files });
  assert.match(missing.err, /b\.json: cannot be read: there is no such file \(--config\)/);
});

Deno.test("a variable that was ignored is told before the error that it may have led to", async () => {
  const environment = { COSMIG_LOCK_TIMEOU: "3s" };
  for (const command of ["status", "doctor", "rehearse --timeout 0s"]) {
    const { code, err } = await runFake(command.split(" "), { environment });
    assert.equal(code, 2, command);
    assert.match(err, /^Warning: .* did you mean COSMIG_LOCK_TIMEOUT\?\nError: /, command);
  }
  const unused = await runFake(["status"], { environment: { COSMIG_ENV: "prod" } });
  assert.match(unused.err, /^Warning: COSMIG_ENV has no effect without a settings file/);
});

Deno.test("timings that cannot be safe together are refused before anything is connected to", async () => {
  const { code, err } = await runFake(["up", "--lease", "3s", "--request-timeout", "2s"], {
    environment: {
      CosmosDb__ConnectionString: `AccountEndpoint=http://127.0.0.1:9/;AccountKey=${KEY};`,
      CosmosDb__DatabaseName: "shop",
    },
  });
  assert.equal(code, 2);
  assert.match(err, /^Error: Cannot use a request timeout of 2s/);
});

Deno.test("an endpoint where nobody answers is exit code 75 within --connect-timeout, without a word of the key", async () => {
  const { code, err } = await runFake(["status", "--connect-timeout", "50ms", "--verbose"], {
    environment: {
      CosmosDb__ConnectionString: `AccountEndpoint=http://127.0.0.1:9/;AccountKey=${KEY};`,
      CosmosDb__DatabaseName: "shop",
    },
  });
  assert.equal(code, 75);
  assert.match(err, /^Error: Cannot open a connection to 127\.0\.0\.1:9/);
  assert.match(err, /\nCosmos DB: no answer\n/);
  assert.match(err, /\nNext: cosmig status --connect-timeout 50ms\n$/);
  assert.ok(!err.includes(KEY));
});

Deno.test("--log-format json writes errors as one object a line, from the flag and from the variable", async () => {
  for (
    const [argv, environment] of [[["status", "--log-format", "json"], {}], [["status"], {
      cosmig_log_format: "json",
    }]] as const
  ) {
    const { err } = await runFake(argv, { environment });
    const lines = err.trimEnd().split("\n");
    const { type, level, code, exitCode, next, details } = JSON.parse(lines.at(-1) ?? "");
    assert.equal(lines.length, 1);
    assert.deepEqual([type, level, code, exitCode, next], [
      "failed",
      "error",
      "configuration",
      2,
      "cosmig status --help",
    ]);
    assert.equal(details.issues.length, 2);
  }
});

Deno.test("--log-format auto takes precedence over the variable", async () => {
  const { err } = await runFake(["status", "--log-format", "auto"], {
    environment: { COSMIG_LOG_FORMAT: "json" },
  });
  assert.match(err, /^Error: /);
});

Deno.test("the termination message is written on the way out of a failure", async () => {
  const files = { "/dev/termination-log": "" };
  const { io } = await runFake(["up"], { files });
  const { command, exitCode, outcome, code, next } = JSON.parse(io.written.get("/dev/termination-log") ?? "");
  assert.deepEqual([command, exitCode, outcome, code, next], [
    "up",
    2,
    "failed",
    "configuration",
    "cosmig up --help",
  ]);
});

Deno.test("the termination message goes to the file that is named, and nowhere when there is none", async () => {
  const environment = { COSMIG_TERMINATION_MESSAGE_PATH: "/tmp/message" };
  const named = await runFake(["list"], { environment });
  assert.deepEqual([...named.io.written.keys()], ["/tmp/message"]);
  assert.deepEqual(JSON.parse(named.io.written.get("/tmp/message") ?? ""), {
    command: "list",
    outcome: "done",
    exitCode: 0,
  });
  const { io } = await runFake(["list"]);
  assert.equal(io.written.size, 0);
});
