import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkIndex, writeIndex } from "../../../lib/authoring/index_command.ts";
import { CosmigError, RegistryError } from "../../../lib/base/errors.ts";
import { migrationText, ProjectFolder } from "./_folder.ts";

const FIRST = "migrations/20240101_000001_first.ts";
const SECOND = "migrations/20240102_000001_second.ts";

async function indexed(): Promise<ProjectFolder> {
  const folder = await ProjectFolder.create({
    [FIRST]: migrationText(1),
    [SECOND]: migrationText(2),
    "migrations/shared.ts": "export const helper = 1;\n",
    "migrations/20240101_000001_first_test.ts": "",
  });
  await writeIndex(folder.project);
  return folder;
}

async function problem(folder: ProjectFolder, base?: string): Promise<string> {
  try {
    await checkIndex(folder.project, { base });
  } catch (error) {
    assert.ok(error instanceof CosmigError);
    assert.equal(error.code, "check-failed");
    return error.message;
  }
  assert.fail("the check held");
}

function git(folder: ProjectFolder, ...args: string[]): void {
  const identity = [
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.com",
    "-c",
    "init.defaultBranch=main",
  ];
  execFileSync("git", ["-C", folder.path, ...identity, ...args], { stdio: "pipe" });
}

function commit(folder: ProjectFolder): void {
  git(folder, "init", "--quiet");
  git(folder, "add", "-A");
  git(folder, "commit", "--quiet", "--message", "base");
}

Deno.test("writeIndex() lists the migrations in the order of their ids, and writes only what changed", async () => {
  await using folder = await indexed();
  const text = await readFile(join(folder.path, "migrations/mod.ts"), "utf8");
  assert.deepEqual([...text.matchAll(/name: "(\w+)"/g)].map(([, name]) => name), ["first", "second"]);
  assert.deepEqual(await writeIndex(folder.project), { migrations: 2, changed: false });
  await folder.write({ [SECOND]: migrationText(3) });
  assert.deepEqual(await writeIndex(folder.project), { migrations: 2, changed: true });
});

Deno.test("writeIndex() refuses ids that are given twice and names that are almost right", async () => {
  await using folder = await indexed();
  await folder.write({ "migrations/20240101_000001_other.ts": "" });
  await assert.rejects(
    writeIndex(folder.project),
    /the id "20240101_000001" twice: for "first" and for "other"/,
  );
  await rm(join(folder.path, "migrations/20240101_000001_other.ts"));
  await folder.write({ "migrations/20240231_000001_x.ts": "" });
  await assert.rejects(writeIndex(folder.project), RegistryError);
});

Deno.test("checkIndex() holds after writeIndex(), also after a formatter or a licence header", async () => {
  await using folder = await indexed();
  await folder.write({ [FIRST]: `// licence\n${migrationText(1).replaceAll('"', "'")}` });
  assert.deepEqual(await checkIndex(folder.project), { migrations: 2, changed: false });
});

Deno.test("checkIndex() says what differs", async () => {
  await using folder = await indexed();
  await folder.write({ [FIRST]: migrationText(9) });
  assert.equal(await problem(folder), 'The file of "20240101_000001" (first) changed since it was indexed');
  await folder.write({ [FIRST]: migrationText(1), "migrations/20240103_000001_third.ts": migrationText(3) });
  assert.equal(await problem(folder), 'The file of "20240103_000001" (third) is missing from the registry');
  await rm(join(folder.path, SECOND));
  assert.match(
    await problem(folder),
    /2 things [^]*third[^]* missing[^]*lists "20240102_000001" \(second\), whose file does not exist/,
  );
});

Deno.test("checkIndex() notices a renamed file, an edited registry and a missing one", async () => {
  await using folder = await indexed();
  const path = join(folder.path, "migrations/mod.ts");
  const text = await readFile(path, "utf8");
  await folder.write({ "migrations/mod.ts": text.replace(/const digest = ".*"/, 'const digest = "x"') });
  assert.equal(await problem(folder), "The registry's file is not as it was generated");
  await folder.write({ "migrations/mod.ts": text });
  await rename(join(folder.path, FIRST), join(folder.path, "migrations/20240101_000001_one.ts"));
  assert.equal(await problem(folder), 'The file of "20240101_000001" was renamed from "first" to "one"');
  await rm(path);
  assert.match(await problem(folder), /^2 things/);
});

Deno.test("checkIndex() with a base refuses a new migration that sorts before the newest one there", async () => {
  await using folder = await indexed();
  commit(folder);
  await folder.write({ "migrations/20240101_000007_late.ts": migrationText(7) });
  await writeIndex(folder.project);
  assert.deepEqual(await checkIndex(folder.project), { migrations: 3, changed: false });
  assert.match(
    await problem(folder, "main"),
    /^The new migration "20240101_000007" \(late\) sorts before "20240102_000001", the newest one on main/,
  );
  await rename(
    join(folder.path, "migrations/20240101_000007_late.ts"),
    join(folder.path, "migrations/20240102_000002_late.ts"),
  );
  await writeIndex(folder.project);
  assert.deepEqual(await checkIndex(folder.project, { base: "main" }), { migrations: 3, changed: false });
});

Deno.test("checkIndex() with a base lets a migration that is there be renamed, and a folder be new", async () => {
  await using folder = await indexed();
  commit(folder);
  await rename(join(folder.path, FIRST), join(folder.path, "migrations/20240101_000001_one.ts"));
  await writeIndex(folder.project);
  await checkIndex(folder.project, { base: "main" });
  await using other = await ProjectFolder.create();
  await other.write({ "readme.md": "" });
  commit(other);
  await other.write({ [FIRST]: migrationText(1) });
  await writeIndex(other.project);
  await checkIndex(other.project, { base: "HEAD" });
});

Deno.test("checkIndex() with a base that git does not know is a wrong use", async () => {
  await using folder = await indexed();
  const isUsage = (error: unknown) => error instanceof CosmigError && error.code === "usage";
  await assert.rejects(checkIndex(folder.project, { base: "main" }), isUsage);
  commit(folder);
  await assert.rejects(checkIndex(folder.project, { base: "nowhere" }), isUsage);
  await assert.rejects(checkIndex(folder.project, { base: "--all" }), isUsage);
});
