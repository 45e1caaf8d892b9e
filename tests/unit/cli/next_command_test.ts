import assert from "node:assert/strict";
import { ConflictError, CosmigError, TemporaryError } from "../../../lib/base/errors.ts";
import { commandIn, withDefaultCommand } from "../../../lib/cli/default_command.ts";
import { nextCommand } from "../../../lib/cli/next_command.ts";

const UP = { name: "cosmig", command: "up", argv: ["--allow-offline"] };

Deno.test("nextCommand() is the command that helps in the situation", () => {
  const table: readonly [unknown, string][] = [
    [new CosmigError("usage", "x"), "cosmig up --help"],
    [new ConflictError("unknown-history", "x"), "cosmig status"],
    [
      new ConflictError("unknown-history", "x", { details: { container: "__MigrationHistory" } }),
      "cosmig baseline --from-cosmigrator",
    ],
    [new ConflictError("drift", "x", { details: { id: "7" } }), "cosmig repair"],
    [new ConflictError("parked", "x", { details: { id: "7" } }), "cosmig status 7"],
    [new ConflictError("refused", "x"), "cosmig plan"],
    [new CosmigError("lease-held", "x"), "cosmig lock show"],
    [new CosmigError("migration-failed", "x", { details: { failed: "7" } }), "cosmig status 7"],
    [new TemporaryError("x", { details: { held: "7" } }), "cosmig status 7"],
    [new TemporaryError("x"), "cosmig up --allow-offline"],
    [new TypeError("x"), "cosmig up --allow-offline --verbose"],
    [undefined, "cosmig up --allow-offline --verbose"],
  ];
  for (const [error, expected] of table) assert.equal(nextCommand(error, UP), expected, String(error));
  const rollback = { name: "cosmig", command: "rollback", argv: ["rollback"] };
  assert.equal(nextCommand(new ConflictError("refused", "x"), rollback), "cosmig rollback --dry-run");
});

Deno.test("nextCommand() names the program's help when no command was recognised", () => {
  assert.equal(
    nextCommand(new CosmigError("usage", "x"), { name: "migrate", command: "", argv: [] }),
    "migrate --help",
  );
});

Deno.test("nextCommand() repeats what was typed as a shell takes it, without what is a secret or too long", () => {
  const again = (...argv: string[]) =>
    nextCommand(new TemporaryError("x"), { name: "cosmig", command: "lock release", argv });
  assert.equal(
    again("lock", "release", "--verbose", "--term", "7", "--reason", "node's gone", "--by", ""),
    `cosmig lock release --term 7 --reason 'node'\\''s gone' --by ''`,
  );
  for (
    const argv of [
      ["--connection-string", "c2VjcmV0"],
      ["--connection-string=c2VjcmV0"],
      ["--by", "a\nb"],
      ["--by", "\x1b[2K"],
    ]
  ) {
    assert.equal(again("lock", "release", ...argv), "cosmig lock release");
  }
  assert.equal(again("lock", "release", "--reason", "x".repeat(200)), "cosmig lock release");
});

Deno.test("withDefaultCommand() is up for flags and nothing, and leaves words alone", () => {
  assert.deepEqual(withDefaultCommand([]), ["up"]);
  assert.deepEqual(withDefaultCommand(["--steps", "1"]), ["up", "--steps", "1"]);
  assert.deepEqual(withDefaultCommand(["--help"]), ["--help"]);
  assert.deepEqual(withDefaultCommand(["stauts"]), ["stauts"]);
});

Deno.test("commandIn() finds commands and their subcommands, and nothing else", () => {
  const leaf = (name: string) => ({ name: () => name, commands: [] });
  const program = {
    name: () => "cosmig",
    commands: [leaf("up"), { ...leaf("lock"), commands: [leaf("show")] }],
  };
  assert.equal(commandIn([], program), "up");
  assert.equal(commandIn(["lock", "show", "--json"], program), "lock show");
  assert.equal(commandIn(["lock", "secret"], program), "lock");
  assert.equal(commandIn(["secret"], program), "");
});
