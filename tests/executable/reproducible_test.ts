import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { compile } from "../../lib/authoring/compile_command.ts";
import { hostTarget } from "../../lib/authoring/compile_target.ts";
import { readElf } from "../../lib/authoring/elf.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const missing = existsSync(`${ROOT}dist/node/cosmig`) ? undefined : "no executable was built here";

Deno.test({
  name: `compile() makes the same files twice${missing === undefined ? "" : ` [${missing}]`}`,
  ignore: missing !== undefined,
  fn: async () => {
    const folder = await mkdtemp(join(tmpdir(), "cosmig-twice-"));
    try {
      const make = (name: string) =>
        compile({
          entry: `${ROOT}main.ts`,
          output: join(folder, name, "cosmig"),
          imageRoot: join(folder, name, "root"),
          runtime: "node",
          target: hostTarget(),
          permissions: { read: ["*"], write: [] },
          codeCache: true,
        });
      /** What a layer is made of. */
      const describeTree = async (name: string) => {
        const root = join(folder, name, "root");
        const paths = (await readdir(root, { recursive: true })).toSorted();
        return await Promise.all(paths.map(async (path) => {
          const { mode, mtimeMs } = await lstat(join(root, path));
          const content = await readFile(join(root, path)).catch(() => Buffer.alloc(0));
          return [path, mode, mtimeMs, createHash("sha256").update(content).digest("hex")];
        }));
      };
      const [first, second] = [await make("first"), await make("second")];
      assert.deepEqual(second.files.map(({ sha256 }) => sha256), first.files.map(({ sha256 }) => sha256));
      assert.equal(first.untested, undefined);
      const sbom = "root/usr/share/doc/cosmig/sbom.cdx.json";
      const [left, right] = await Promise.all(
        ["first", "second"].map((name) => readFile(join(folder, name, sbom), "utf8")),
      );
      assert.equal(left, right);
      const [treeLeft, treeRight] = [await describeTree("first"), await describeTree("second")];
      assert.deepEqual(treeRight, treeLeft);
      assert.ok(treeLeft.length > 10);
      assert.ok(readElf(await readFile(join(folder, "first/root/cosmig"))).interpreter !== undefined);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** Any program will do for a runtime that is only packed; that it is for another processor keeps it from being run. */
const OTHER = hostTarget() === "x86_64" ? "aarch64" : "x86_64";

Deno.test("compile() makes the same executable of Deno twice, and of Node without compiled code", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-twice-"));
  const before = process.env["DENORT_BIN"];
  process.env["DENORT_BIN"] = "/bin/true";
  try {
    for (const runtime of ["deno", "node"] as const) {
      const make = (name: string) =>
        compile({
          entry: `${ROOT}main.ts`,
          output: join(folder, runtime, name, "cosmig"),
          runtime,
          target: runtime === "deno" ? OTHER : hostTarget(),
          permissions: { read: ["*"], write: [] },
          codeCache: false,
        });
      const [first, second] = [await make("first"), await make("second")];
      assert.deepEqual(second.files.map(({ sha256 }) => sha256), first.files.map(({ sha256 }) => sha256));
      assert.equal(first.untested === undefined, runtime === "node");
    }
    const packed = await readFile(join(folder, "deno/first/cosmig"), "latin1");
    assert.ok(packed.includes('"./main.js"'), "the program is in it");
  } finally {
    if (before === undefined) delete process.env["DENORT_BIN"];
    else process.env["DENORT_BIN"] = before;
    await rm(folder, { recursive: true, force: true });
  }
});
