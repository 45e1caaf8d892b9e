import assert from "node:assert/strict";
import { COMMAND_LINES } from "./_commands.ts";
import { runFake } from "./_run.ts";

/** What bash offers for a line whose last word is being typed. */
async function complete(script: string, ...words: readonly string[]): Promise<string[]> {
  const driver = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_cosmig; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = await new Deno.Command("bash", { args: ["--norc", "-c", driver] }).output();
  assert.equal(new TextDecoder().decode(output.stderr), "");
  return new TextDecoder().decode(output.stdout).split("\n").filter((line) => line !== "");
}

/** Lines that are being typed, and what is offered for their last word. */
const OFFERED: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["cosmig ro", ["rollback"]],
  ["cosmig lock sh", ["show"]],
  ["cosmig lock ", ["release", "show"]],
  ["cosmig up --allow-d", ["--allow-destructive"]],
  ["cosmig up --steps 1 --lock-", ["--lock-timeout"]],
  ["cosmig up --steps ", []],
  ["cosmig completions z", ["zsh"]],
  ["cosmig up --config READ", ["README.md"]],
];

const ROOT = new URL("../../", import.meta.url).pathname;

/** Runs a shell where it is installed, in the folder of the project. */
function shell(name: string, ...args: readonly string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(name, {
    args: [...args],
    cwd: ROOT,
    env: { TERM: "dumb" },
    signal: AbortSignal.timeout(60_000),
  }).output();
}

/** What a shell offers for a line, with the script in a file. */
type Complete = (line: string, script: string) => Promise<string>;

const REAL_SHELLS: Readonly<Record<string, Complete>> = {
  fish: async (line, script) => {
    const source = `source $argv[1]; complete -C $argv[2]`;
    return text(await shell("fish", "--no-config", "-c", source, script, line));
  },
  zsh: async (line, script) => text(await shell("zsh", "-f", "tests/cli/_zsh_complete.zsh", line, script)),
};

function text({ stdout, stderr }: Deno.CommandOutput): string {
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

for (const [name, complete] of Object.entries(REAL_SHELLS)) {
  const exists = await shell(name, "--version").then(({ success }) => success, () => false);
  Deno.test({
    name: `${name} itself completes commands, subcommands, options, choices and files${
      exists ? "" : ` (skipped: ${name} is not installed)`
    }`,
    ignore: !exists,
    fn: async () => {
      const script = await Deno.makeTempFile();
      try {
        await Deno.writeTextFile(script, (await runFake(["completions", name])).out);
        for (const [line, offered] of OFFERED) {
          // fish says after a tab what a word does.
          const words = (await complete(line, script)).split(/\r?\n/).map((word) => word.split("\t")[0]);
          assert.deepEqual(words.filter((word) => word !== "").sort(), offered, line);
        }
      } finally {
        await Deno.remove(script);
      }
    },
  });
}

Deno.test("completions bash completes commands, subcommands, options and choices, and leaves values alone", async () => {
  const { code, out } = await runFake(["completions", "bash"]);
  assert.equal(code, 0);
  assert.deepEqual(await complete(out, "cosmig", "ro"), ["rollback"]);
  assert.deepEqual(await complete(out, "cosmig", "lock", "sh"), ["show"]);
  assert.deepEqual(await complete(out, "cosmig", "up", "--allow-d"), ["--allow-destructive"]);
  assert.deepEqual(await complete(out, "cosmig", "up", "--steps", "1", "--lock-"), ["--lock-timeout"]);
  assert.deepEqual(await complete(out, "cosmig", "up", "--steps", ""), []);
  assert.deepEqual(await complete(out, "cosmig", "completions", "z"), ["zsh"]);
  assert.ok((await complete(out, "cosmig", "up", "--config", "READ")).includes("README.md"));
});

Deno.test("completions zsh and fish name every command and option", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { code, out } = await runFake(["completions", shell]);
    assert.equal(code, 0);
    for (const word of COMMAND_LINES.flatMap((line) => line.split(" "))) {
      assert.match(out, new RegExp(`\\b${word}\\b`), `${shell}: ${word}`);
    }
    assert.match(out, shell === "zsh" ? /--lock-timeout\[how long/ : /-l lock-timeout -x -d 'how long/);
    assert.doesNotMatch(out, /undefined|\$\{/);
  }
});

Deno.test("completions of a shell that is not known is exit code 2", async () => {
  const { code, err } = await runFake(["completions", "powershell"]);
  assert.equal(code, 2);
  assert.match(err, /bash, zsh, fish[\s\S]*\nNext: cosmig completions --help\n$/);
});
