import assert from "node:assert/strict";
import fc from "fast-check";
import { SETTINGS } from "../../lib/config/settings.ts";
import { COMMAND_LINES, CONNECTING } from "./_commands.ts";
import type { Transcript } from "./_run.ts";
import { runFake } from "./_run.ts";

/** Long enough for the slowest command of these, and short enough for a test that hangs. */
const LIMIT_MS = 20_000;

/** Fails instead of hanging. */
async function within(run: Promise<Transcript>, what: string): Promise<Transcript> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It hangs: ${what}`)), LIMIT_MS);
  try {
    return await Promise.race([run, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What holds for every end, whatever was asked for. */
function assertOrderly({ code, err, io }: Transcript, what: string): void {
  assert.doesNotMatch(err, /\n\s+at .*:\d+:\d+/, what);
  assert.equal(io.listening(), 0, what);
  if (code !== 0 && code !== 4) assert.match(err.trimEnd().split("\n").at(-1) ?? "", /^Next: cosmig/, what);
}

const nonsense = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).map((text) =>
    `--${text.replaceAll("=", "")}zzz`
  ),
  fc.constantFrom("--to-nowhere", "--stepz", "-q", "--Json", "--allow-everything", "--term=abc=1"),
);

const word = fc.oneof(
  fc.constantFrom(
    "--json",
    "--check",
    "--steps",
    "1",
    "--to",
    "20240101_000001",
    "--verbose",
    "--all",
    "--env",
    "x",
  ),
  fc.string({ maxLength: 6, unit: "binary" }),
);

Deno.test("runCli() never succeeds, hangs or shows a stack when a flag means nothing, whatever stands around it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...COMMAND_LINES, ""),
      fc.array(word, { maxLength: 3 }),
      nonsense,
      async (command, words, flag) => {
        const argv = [...command.split(" ").filter((part) => part !== ""), flag, ...words];
        // After it, "--" would make it an argument, and help would be an answer.
        fc.pre(!argv.some((part) => /^(--|-h|--help|-V|--version|help)$/.test(part) || /^-[hV]/.test(part)));
        const ended = await within(runFake(argv), argv.join(" "));
        assert.equal(ended.code, 2, `${JSON.stringify(argv)}: ${ended.out}${ended.err}`);
        assertOrderly(ended, argv.join(" "));
      },
    ),
    { numRuns: 300 },
  );
});

const text = fc.oneof(
  fc.string({ maxLength: 20, unit: "binary" }),
  fc.constantFrom(
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "NaN",
    "5",
    "30",
    "5 minutes",
    "1h-",
    "null",
    "true",
    "{}",
    "\u0000",
  ),
);

/** Values that no setting takes; what a setting takes depends on it. */
const WRONG_EVERYWHERE = fc.constantFrom("\u0000/#", "?/?", "a/b#c", "/\\");

Deno.test("runCli() never succeeds, hangs or shows a stack when a variable is wrong, whatever the others are", async () => {
  const names = SETTINGS.filter(({ key }) =>
    ["scope", "database", "historyContainer", "lease", "concurrency", "timeout", "logFormat"].includes(key)
  ).map(({ variable }) => variable);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CONNECTING),
      fc.dictionary(
        fc.constantFrom(...SETTINGS.map(({ variable }) => variable), "COSMIG_X", "HTTPS_PROXY"),
        text,
        {
          maxKeys: 6,
        },
      ),
      fc.constantFrom(...names),
      WRONG_EVERYWHERE,
      async (command, others, name, wrong) => {
        const environment = { ...others, [name]: wrong };
        const ended = await within(runFake(command.split(" "), { environment }), JSON.stringify(environment));
        assert.equal(ended.code, 2, `${command} ${JSON.stringify(environment)}: ${ended.out}${ended.err}`);
        assertOrderly(ended, command);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("runCli() never succeeds, hangs or shows a stack on a settings file without an account, whatever it holds", async () => {
  const file = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.string({ maxLength: 40, unit: "binary" }),
    fc.record({
      CosmosDb: fc.dictionary(
        fc.constantFrom("DatabaseName", "HistoryContainer", "Endpoint", "x"),
        fc.jsonValue(),
      ),
    })
      .map((value) => JSON.stringify(value)),
    fc.record({ Cosmig: fc.dictionary(fc.constantFrom("Lease", "Scope", "RuLimit", "x"), fc.jsonValue()) })
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CONNECTING), file, async (command, content) => {
      const ended = await within(
        runFake([...command.split(" "), "--config", "c.json"], { files: { "c.json": content } }),
        content,
      );
      assert.equal(ended.code, 2, `${command} ${content}: ${ended.out}${ended.err}`);
      assertOrderly(ended, content);
    }),
    { numRuns: 150 },
  );
});

Deno.test("runCli() never succeeds, hangs or shows a stack on a seed that is none", async () => {
  const lines = [
    "rehearse --from s.json",
    "up --emulator=s.json",
    "plan --emulator=s.json",
    "emulator --seed s.json",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...lines),
      fc.oneof(
        fc.jsonValue().map((value) => JSON.stringify({ containers: { a: value }, x: 1 })),
        fc.string(),
      ),
      async (line, content) => {
        const ended = await within(runFake(line.split(" "), { files: { "s.json": content } }), content);
        assert.equal(ended.code, 2, `${line} ${content}: ${ended.out}${ended.err}`);
        assertOrderly(ended, content);
      },
    ),
    { numRuns: 80 },
  );
});
