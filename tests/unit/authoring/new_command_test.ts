import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { checkIndex } from "../../../lib/authoring/index_command.ts";
import { createMigrationFile, toSnakeCase } from "../../../lib/authoring/new_command.ts";
import { CosmigError } from "../../../lib/base/errors.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { migrationText, ProjectFolder } from "./_folder.ts";

const clock = new VirtualClock(Date.UTC(2024, 4, 6, 7, 8, 9));

Deno.test("toSnakeCase() makes words with underscores of any spelling", () => {
  const spellings = ["Add age to Users", "addAgeToUsers", "add-age--to_users", " add age: to users! "];
  for (const name of spellings) assert.equal(toSnakeCase(name), "add_age_to_users", name);
  assert.equal(toSnakeCase("Größe für HTTPServer2"), "gro_e_fur_http_server2");
  assert.equal(toSnakeCase("…"), "");
});

Deno.test("createMigrationFile() writes a formatted file and lists it in the registry", async () => {
  await using folder = await ProjectFolder.create();
  const path = await createMigrationFile(folder.project, { name: "Add age to users", clock });
  assert.equal(basename(path), "20240506_070809_add_age_to_users.ts");
  const text = await readFile(path, "utf8");
  assert.ok(text.includes('description: "Add age to users"'));
  const formatted = execFileSync(process.execPath, [
    "fmt",
    "--no-config",
    "--line-width",
    "110",
    "--ext",
    "ts",
    "-",
  ], {
    input: text,
    encoding: "utf8",
  });
  assert.equal(formatted, text);
  await checkIndex(folder.project);
});

Deno.test("createMigrationFile() sorts after all others, also within a second and after a later id", async () => {
  await using folder = await ProjectFolder.create();
  const make = async (name: string) => basename(await createMigrationFile(folder.project, { name, clock }));
  assert.deepEqual([await make("a"), await make("a")], ["20240506_070809_a.ts", "20240506_070810_a.ts"]);
  await folder.write({ "migrations/20300101_000001_future.ts": migrationText(1) });
  assert.equal(await make("b"), "20300101_000002_b.ts");
});

Deno.test("createMigrationFile() refuses a name without letters", async () => {
  await using folder = await ProjectFolder.create();
  await assert.rejects(
    createMigrationFile(folder.project, { name: "!", clock }),
    (error) => error instanceof CosmigError && error.code === "usage",
  );
});
