import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { OUTPUT_SCHEMAS, type OutputSchema, toJsonSchema } from "../../lib/cli/schemas/output_schemas.ts";
import { addField } from "../../lib/definition/edit_fields.ts";
import { run } from "../../lib/definition/run.ts";
import { renderSchemas } from "../../tasks/schemas.ts";
import { startDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

const MIGRATIONS = registryOf({
  "Users have an age": [addField({ container: "Users", field: "/age", value: 0 })],
  "Users have a rank": [addField({ container: "Users", field: "/rank", value: 1 })],
  "Break": [
    run({ name: "x", describe: "x", execute: () => Promise.reject(new Error("no")), undo: () => {} }),
  ],
});

const FILES = {
  "seed.json": JSON.stringify({
    containers: { Users: { partitionKey: "/id", documents: [{ id: "a", age: 0 }] } },
  }),
};

/** Holds an output against its schema, and against the JSON Schema that users get. */
function check(name: keyof typeof OUTPUT_SCHEMAS, text: string): void {
  const output: OutputSchema = OUTPUT_SCHEMAS[name];
  const json = JSON.parse(text);
  const parsed = output.schema.safeParse(json);
  assert.ok(parsed.success, `${name}: ${parsed.error?.message}\n${text}`);
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(toJsonSchema(name, output));
  assert.ok(validate(json), `${name}: ${JSON.stringify(validate.errors)}`);
}

Deno.test("docs/schemas is what the schemas say; deno run -A tasks/schemas.ts writes it", async () => {
  const folder = new URL("../../docs/schemas/", import.meta.url);
  const files = renderSchemas();
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  assert.deepEqual(names, [...files.keys()].sort());
  for (const [name, text] of files) assert.equal(await Deno.readTextFile(new URL(name, folder)), text, name);
});

Deno.test("every output for programs is described in docs/output.md", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/output.md", import.meta.url));
  for (const name of renderSchemas().keys()) assert.ok(page.includes(`schemas/${name}`), name);
});

Deno.test("what the commands print for programs is what the schemas say, at every stage of a history", async () => {
  await using database = await startDatabase();
  const checked = new Set<string>();
  const expect = async (name: keyof typeof OUTPUT_SCHEMAS, line: string) => {
    const { out, err } = await database.run(line, { migrations: MIGRATIONS });
    assert.notEqual(out, "", `${line}: ${err}`);
    check(name, out);
    checked.add(name);
  };
  const look = async () => {
    await expect("status", "status --json");
    await expect("status-migration", "status 20240101_000001 --json");
    await expect("status-history", "status --history --json");
    await expect("lock-show", "lock show --json");
    await expect("verify", "verify --json");
    await expect("verify", "verify --documents --json");
    await expect("doctor", "doctor --json");
    await expect("repair-list", "repair --json");
  };
  await look();
  await expect("plan", "plan --json");
  await expect("list", "list --json");
  await expect("version", "version --json");
  await expect("baseline", "baseline 20240101_000001 --log-format json");
  await expect("run", "up --to 20240101_000002 --log-format json");
  const failed = await database.run("up --max-attempts 1 --log-format json", {
    migrations: MIGRATIONS,
    environment: { COSMIG_TERMINATION_MESSAGE_PATH: "/m" },
  });
  assert.equal(failed.code, 1);
  for (const line of failed.err.trimEnd().split("\n")) check("log-line", line);
  check("termination", failed.io.written.get("/m") ?? "");
  await look();
  await expect("repair", "repair --retry 20240101_000003 --json");
  await look();
  await expect("run", "rollback --log-format json --hold");
  await look();
  const two = registryOf({
    "Users have an age": [addField({ container: "Users", field: "/age", value: 0 })],
    "One way": [run({ name: "x", describe: "x", execute: () => {} })],
  });
  const rehearsal = await runFake(["rehearse", "--from", "seed.json", "--json"], {
    files: FILES,
    migrations: two,
  });
  check("rehearse", rehearsal.out);
  const covered = [...checked, "log-line", "termination", "rehearse"];
  assert.deepEqual(covered.sort(), Object.keys(OUTPUT_SCHEMAS).sort());
});
