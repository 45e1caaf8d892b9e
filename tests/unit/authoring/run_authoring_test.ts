import assert from "node:assert/strict";
import { runAuthoring } from "../../../lib/authoring/run_authoring.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { migrationText, ProjectFolder } from "./_folder.ts";

async function run(
  folder: ProjectFolder,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const lines = { out: "", err: "" };
  const code = await runAuthoring(args, {
    directory: folder.path,
    clock: new VirtualClock(Date.UTC(2024, 0, 2)),
    out: (line) => void (lines.out += `${line}\n`),
    err: (text) => void (lines.err += text),
  });
  return { code, ...lines };
}

Deno.test("runAuthoring() makes a migration and keeps the registry", async () => {
  await using folder = await ProjectFolder.create();
  assert.deepEqual(await run(folder, "new", "add", "age"), {
    code: 0,
    out: "Wrote migrations/20240102_000000_add_age.ts\n",
    err: "",
  });
  assert.deepEqual(await run(folder, "index", "--check"), {
    code: 0,
    out: "The registry is up to date: 1 migration\n",
    err: "",
  });
  await folder.write({ "migrations/20240103_000000_b.ts": migrationText(1) });
  assert.equal((await run(folder, "index")).out, "Wrote the registry: 2 migrations\n");
});

Deno.test("runAuthoring() exits with 4 when a check does not hold, and says what to do", async () => {
  await using folder = await ProjectFolder.create({ "migrations/20240103_000000_b.ts": migrationText(1) });
  const { code, out, err } = await run(folder, "index", "--check");
  assert.equal(code, 4);
  assert.equal(out, "");
  assert.match(
    err,
    /^The file of "20240103_000000" \(b\) is missing from the registry\nHint: Run "deno task index"/,
  );
});

Deno.test("runAuthoring() exits with 2 for a wrong use", async () => {
  await using folder = await ProjectFolder.create();
  const wrong = [["new"], ["new", "!"], ["indexx"], ["index", "--chek"], ["index", "--base", "main"], [
    "index",
    "--folder",
    "nowhere",
  ], []];
  for (const args of wrong) {
    const { code, err } = await run(folder, ...args);
    assert.equal(code, 2, args.join(" "));
    assert.notEqual(err, "", args.join(" "));
  }
});

Deno.test("runAuthoring() explains itself", async () => {
  await using folder = await ProjectFolder.create();
  const { code, out } = await run(folder, "--help");
  assert.equal(code, 0);
  assert.match(out, /new \[options\] <name\.\.\.>[^]*index \[options\]/);
});
