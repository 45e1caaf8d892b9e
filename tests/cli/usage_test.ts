import assert from "node:assert/strict";
import fc from "fast-check";
import { runFake } from "./_run.ts";

/** Command line, the first line of the error, the last line. */
const WRONG: readonly (readonly [string, string, string])[] = [
  ["stauts", "Error: Unknown command 'stauts': did you mean status?", "Next: cosmig --help"],
  ["frobnicate", "Error: Unknown command 'frobnicate'", "Next: cosmig --help"],
  ["lock shov", "Error: Unknown command 'shov': did you mean show?", "Next: cosmig lock --help"],
  [
    "lock",
    "Error: Cannot run a group of commands as one of them has to be named",
    "Next: cosmig lock --help",
  ],
  ["up --stepz 3", "Error: Unknown option '--stepz': did you mean --steps?", "Next: cosmig up --help"],
  ["--stepz 3", "Error: Unknown option '--stepz': did you mean --steps?", "Next: cosmig up --help"],
  [
    "up extra",
    "Error: Too many arguments for 'up'. Expected 0 arguments but got 1",
    "Next: cosmig up --help",
  ],
  ["up --to", "Error: Option '--to <id>' argument missing", "Next: cosmig up --help"],
  [
    "up --to a --steps 1",
    "Error: Cannot use --to and --steps together as each selects by itself",
    "Next: cosmig up --help",
  ],
  [
    "up --steps 0",
    'Error: Cannot use --steps as it has to be a whole number of at least 1: current value is "0"',
    "Next: cosmig up --help",
  ],
  [
    "plan --count none --ru-limit 400",
    "Error: Cannot use --ru-limit with --count none as no document is read then",
    "Next: cosmig plan --help",
  ],
  [
    "verify --ru-limit 400 --priority low",
    "Error: Cannot use --ru-limit and --priority without --documents as no document is read then",
    "Next: cosmig verify --help",
  ],
  [
    "verify --throughput-bucket 1",
    "Error: Cannot use --throughput-bucket without --documents as no document is read then",
    "Next: cosmig verify --help",
  ],
  ["plan --page-size 5", "Error: Unknown option '--page-size'", "Next: cosmig plan --help"],
  ["verify --concurrency 5", "Error: Unknown option '--concurrency'", "Next: cosmig verify --help"],
  [
    "rollback --steps x",
    'Error: Cannot use --steps as it has to be a whole number of at least 1: current value is "x"',
    "Next: cosmig rollback --help",
  ],
  [
    "rollback --steps -1",
    'Error: Cannot use --steps as it has to be a whole number of at least 1: current value is "-1"',
    "Next: cosmig rollback --help",
  ],
  [
    "rollback --all --to a",
    "Error: Cannot use --to and --all together as each selects by itself",
    "Next: cosmig rollback --help",
  ],
  [
    "rollback --steps 1 --all",
    "Error: Cannot use --steps and --all together as each selects by itself",
    "Next: cosmig rollback --help",
  ],
  [
    "up --order backwards",
    'Error: Cannot use --order as it has to be "linear" or "allow-gaps": current value is "backwards"',
    "Next: cosmig up --help",
  ],
  [
    "status a --history",
    "Error: Cannot use an id and --history together as each selects by itself",
    "Next: cosmig status --help",
  ],
  [
    "list --log-format xml",
    'Error: Cannot use --log-format as it has to be "auto" or "plain" or "json": current value is "xml"',
    "Next: cosmig list --help",
  ],
  ["emulator --timeout 2", "Error: Unknown option '--timeout'", "Next: cosmig emulator --help"],
  ["list --timeout 2", "Error: Unknown option '--timeout'", "Next: cosmig list --help"],
  ["stauts --help", "Error: Unknown command 'stauts': did you mean status?", "Next: cosmig --help"],
  ["help frobnicate", "Error: Unknown command 'frobnicate'", "Next: cosmig --help"],
  ["help lock shov", "Error: Unknown command 'shov': did you mean show?", "Next: cosmig lock --help"],
  [
    "status --env prod",
    "Error: Cannot use --env without --config as it names a part of the settings file",
    "Next: cosmig status --help",
  ],
  ["status --config=", "Error: Cannot use --config as it names no file", "Next: cosmig status --help"],
  [
    "emulator --port 70000",
    'Error: Cannot use --port as it has to be a whole number up to 65535: current value is "70000"',
    "Next: cosmig emulator --help",
  ],
];

Deno.test("runCli() answers a wrong command line with one message, the next command and exit code 2", async () => {
  for (const [line, first, last] of WRONG) {
    const { code, out, err } = await runFake(line.split(" "));
    assert.deepEqual([code, out, err], [2, "", `${first}\n${last}\n`], line);
  }
});

Deno.test("runCli() shows no value of an option or argument that it does not know", async () => {
  for (const argv of [["up", "--acount-key=c2VjcmV0"], ["c2VjcmV0c2VjcmV0", "--x"], ["up", "c2VjcmV0"]]) {
    const { code, err } = await runFake(argv);
    assert.equal(code, 2);
    if (argv[0] === "up") assert.ok(!err.includes("c2VjcmV0"), err);
  }
});

Deno.test("runCli() never succeeds or crashes on arguments that mean nothing", async () => {
  const word = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      "up",
      "rollback",
      "status",
      "plan",
      "lock",
      "show",
      "--steps",
      "--to",
      "--all",
      "--json",
      "--check",
      "--emulator=/nowhere",
      "-1",
      "0",
      "--",
      "--lease",
      "--env",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (argv) => {
      const { code, err, io } = await runFake(argv);
      if (code === 0) {
        assert.ok(
          argv.some((text) =>
            ["-h", "--help", "-V", "--version", "help", "list"].includes(text) || /^-[hV]/.test(text)
          ),
          argv.join(" "),
        );
      } else {
        assert.equal(code, 2, err);
        assert.match(err.trimEnd().split("\n").at(-1) ?? "", /^Next: cosmig/);
      }
      assert.doesNotMatch(err, /\n\s+at .*:\d+:\d+/);
      assert.equal(io.listening(), 0);
    }),
    { numRuns: 200 },
  );
});
