import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseRegistry, renderRegistry } from "../../../lib/authoring/registry_file.ts";
import { registryDigest } from "../../../lib/definition/registry.ts";
import { ProjectFolder } from "./_folder.ts";

const entry = (id: string, name: string) => ({ id, name, checksum: `v1:${name}` });
const first = entry("20240101_000001", "first");

Deno.test("renderRegistry() lists every migration and a digest that fits", () => {
  const second = entry("20240101_000002", "second");
  const text = renderRegistry([first, second], "cosmig");
  assert.ok(text.includes(`const digest = "${registryDigest([first, second])}";`));
  assert.ok(text.includes('import { defineRegistry } from "cosmig";'));
  assert.ok(text.includes('import m20240101_000002 from "./20240101_000002_second.ts";'));
  assert.deepEqual(parseRegistry(text), [first, second]);
});

Deno.test("renderRegistry() makes two branches that both add a migration conflict, also far apart", async () => {
  const between = Array.from({ length: 30 }, (_, index) => entry(`20240201_0000${10 + index}`, "x"));
  const base = [first, ...between];
  const [older, newer] = [entry("20240101_000009", "older"), entry("20240301_000001", "newer")];
  await using folder = await ProjectFolder.create({
    "base.ts": renderRegistry(base, "cosmig"),
    "ours.ts": renderRegistry([first, older, ...between], "cosmig"),
    "theirs.ts": renderRegistry([...base, newer], "cosmig"),
  });
  const merge = () =>
    execFileSync("git", [
      "merge-file",
      "--stdout",
      ...["ours.ts", "base.ts", "theirs.ts"].map((name) => join(folder.path, name)),
    ], {
      stdio: "pipe",
    });
  assert.throws(merge, (error) => {
    assert.match(
      String((error as { readonly stdout: unknown }).stdout),
      /<<<<<<<[^]*const digest[^]*=======[^]*const digest[^]*>>>>>>>/,
    );
    return true;
  });
});
