import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { addField } from "../../lib/definition/edit_fields.ts";
import { textWidth } from "../../lib/reporting/text_width.ts";
import { Terminal } from "../support/terminal.ts";
import { COMMAND_LINES, commandOf } from "./_commands.ts";
import { scrub, startDatabase, type TestDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

const GOLDEN = new URL("../golden/", import.meta.url);
const MIGRATIONS = registryOf({
  "Users have an age": [addField({ container: "Users", field: "/age", value: 0 })],
  "Users have a rank": [addField({ container: "Users", field: "/rank", value: 1 })],
});
const SEED = { "seed.json": '{"containers":{"Users":{"partitionKey":"/id","documents":[{"id":"ada"}]}}}' };

/** One history from its beginning, told by every command. */
const LINES: readonly string[] = [
  "doctor",
  "plan",
  "up",
  "up --init",
  "status",
  "status --history",
  "status 20240101_000001",
  "list",
  "verify --documents",
  "wait",
  "rollback --hold",
  "up",
  "wait --timeout 300ms",
  "repair",
  "repair --release 20240101_000002 --reason over --by ada",
  "up",
  "baseline 20240101_000002",
  "lock show",
  "lock release --term 99 --by ada",
  "rehearse --from seed.json",
  "emulator --seed nowhere.json",
  "completions bash",
  "version",
  "status --check --log-format json",
  "rollback --to nobody --log-format json",
];

/** Wide enough for every line, since what is scrubbed is of another length each time. */
const COLUMNS = 300;

async function tell(database: TestDatabase, columns: number | undefined): Promise<string> {
  const parts: string[] = [];
  for (const line of LINES) {
    const { code, out, err } = await database.run(line, {
      migrations: MIGRATIONS,
      files: SEED,
      environment: { TERM: "xterm" },
      ...(columns === undefined ? {} : { columns }),
    });
    parts.push(`$ cosmig ${line}\n`, ...section("stdout", out, columns), ...section("stderr", err, columns));
    parts.push(`exit code ${code}\n\n`);
  }
  return parts.join("");
}

function section(name: string, text: string, columns: number | undefined): string[] {
  if (text === "") return [];
  const shown = scrub(columns === undefined ? text : screen(text, columns)).replaceAll(/(?<=\S) {2,}/g, "  ")
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<time>")
    .replaceAll(/^(runtime|commit) .*$/gm, "$1 <this machine>")
    .replaceAll(/RU: about [\d.]+/g, "RU: about <n>")
    .replaceAll(/(?<=\(about )[\d.]+(?= RU)/g, "<n>")
    .replaceAll(/(<took> {2}\d+ {2})[\d.]+$/gm, "$1<n>")
    .replaceAll(/^(\S+ {2}up {2}\w+ {2}\d+ {2})[\d.]+$/gm, "$1<n>")
    .replaceAll(/skipped; [\d.]+ RU/g, "skipped; <n> RU")
    .replaceAll(/digest \S{43}/g, "digest <digest>");
  const lines = shown.trimEnd().split("\n");
  // The script of a shell is as long as there are commands, and has tests of its own.
  const kept = shown.startsWith("# Completion") ? [...lines.slice(0, 3), "…"] : lines;
  return [`--- ${name}\n`, ...kept.map((line) => `${line}\n`)];
}

/** What is on the screen in the end. */
function screen(text: string, columns: number): string {
  const terminal = new Terminal(columns);
  terminal.write(text);
  return terminal.text;
}

for (const [name, columns] of [["pipe", undefined], ["terminal", COLUMNS]] as const) {
  Deno.test(`every command prints into a ${name} what tests/golden/transcripts-${name}.txt says; COSMIG_GOLDEN=write writes it`, async () => {
    await using database = await startDatabase();
    const told = await tell(database, columns);
    const file = new URL(`transcripts-${name}.txt`, GOLDEN);
    if (Deno.env.get("COSMIG_GOLDEN") === "write") await writeFile(file, told);
    assert.equal(told, await readFile(file, "utf8"));
  });
}

Deno.test("the transcripts leave out no command", () => {
  assert.deepEqual([...new Set(LINES.map(commandOf))].sort(), [...COMMAND_LINES].sort());
});

Deno.test("a terminal gets colours, a pipe and NO_COLOR do not, FORCE_COLOR gives them to a pipe", async () => {
  await using database = await startDatabase();
  // deno-lint-ignore no-control-regex
  const escapes = /\x1b\[/;
  for (const line of ["status", "plan", "list", "doctor", "verify", "up"]) {
    const shown = async (environment: Record<string, string>, columns?: number) => {
      const { out, err } = await database.run(line, {
        migrations: MIGRATIONS,
        environment: { TERM: "xterm", ...environment },
        ...(columns === undefined ? {} : { columns }),
      });
      return escapes.test(out + err);
    };
    assert.deepEqual(
      [
        await shown({}, 80),
        await shown({}, 0),
        await shown({}),
        await shown({ NO_COLOR: "1" }, 80),
        await shown({ FORCE_COLOR: "1" }),
      ],
      [true, true, false, false, true],
      line,
    );
  }
});

/** Also of a line that was rewritten in place: how many there are of those depends on how long a pass takes. */
// deno-lint-ignore no-control-regex
const LINE_END = /\r\x1b\[2K|[\n\r]/;

for (const columns of [80, 40]) {
  Deno.test(`every command keeps within ${columns} columns and breaks between words only`, async () => {
    await using database = await startDatabase();
    for (const line of LINES) {
      // A script and JSON are for programs.
      if (/completions|json/.test(line)) continue;
      const options = { migrations: MIGRATIONS, files: SEED, environment: { NO_COLOR: "1" } };
      const { out, err } = await database.run(line, { ...options, columns });
      const { out: help } = await runFake([...commandOf(line).split(" "), "--help"], { columns });
      for (const shown of [...out.split("\n"), ...err.split(LINE_END), ...help.split("\n")]) {
        // What is to be copied, and a word that is wider than the screen, stay whole.
        if (/\baz \w|^Next: |^export /.test(shown) || /^\s*\S+$/.test(shown)) continue;
        assert.ok(textWidth(shown) < columns, `${line}: ${shown}`);
      }
    }
  });
}
