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
