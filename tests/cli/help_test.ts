import assert from "node:assert/strict";
import { Help } from "@commander-js/extra-typings";
import { COMMANDS, nameIn } from "../../lib/cli/command_table.ts";
import { Output } from "../../lib/cli/output.ts";
import { createProgram } from "../../lib/cli/program.ts";
import { COMMAND_LINES } from "./_commands.ts";
import { fakeIo } from "./_fake_io.ts";
import { runFake } from "./_run.ts";

Deno.test("runCli() prints help on stdout, under the name that the program has", async () => {
  for (const argv of [["--help"], ["-h"], ["help"]]) {
    const { code, out, err } = await runFake(argv);
    assert.equal(code, 0);
    assert.match(out, /^Usage: cosmig \[options\] \[command\]\n/);
    assert.equal(err, "");
  }
});

Deno.test("runCli() gives every command help with examples that it parses itself", async () => {
  for (const command of COMMAND_LINES) {
    const { code, out } = await runFake([...command.split(" "), "--help"]);
    assert.equal(code, 0, command);
    assert.match(out, new RegExp(`^Usage: cosmig ${command}`));
    const examples = [...out.matchAll(/^ {2}\$ cosmig (.*?)(?: {3}.*)?$/gm)].map(([, line = ""]) => line);
    assert.ok(examples.length > 0, `${command} has no examples`);
    for (const example of examples) {
      // Without a configuration a command that parsed goes no further than that.
      const { err } = await runFake([...example.split(" "), "--help"]);
      assert.equal(err, "", example);
    }
  }
});

Deno.test("runCli() keeps help within 100 columns", async () => {
  for (const command of ["", ...COMMAND_LINES]) {
    const { out } = await runFake([...command.split(" ").filter((word) => word !== ""), "--help"]);
    for (const line of out.split("\n")) assert.ok(line.length <= 100, line);
  }
});

Deno.test("runCli() prints the version", async () => {
  const { code, out } = await runFake(["--version"]);
  assert.deepEqual([code, out], [0, "cosmig 0.1.0\n"]);
});

Deno.test("VERSION is the version of deno.json", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const { out } = await runFake(["--version"]);
  assert.equal(out, `cosmig ${version}\n`);
});

Deno.test("createProgram() lists every command with what it takes, also those that it does not load", async () => {
  assert.match((await runFake(["lock", "--help"])).out, /^ {2}show \[options\] /m);
  const program = await createProgram(
    {
      name: "cosmig",
      version: "0",
      output: new Output(fakeIo()),
      words: COMMANDS.map(({ term }) => nameIn(term)),
    },
    () => Promise.resolve(),
  );
  const help = new Help();
  assert.deepEqual(
    program.commands.map((command) => help.subcommandTerm(command)),
    COMMANDS.map(({ term }) => term),
  );
});
