import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
      const [first, second] = [await make("first"), await make("second")];
      assert.deepEqual(second.files.map(({ sha256 }) => sha256), first.files.map(({ sha256 }) => sha256));
      assert.equal(first.untested, undefined);
      const sbom = "root/usr/share/doc/cosmig/sbom.cdx.json";
      const [left, right] = await Promise.all(
        ["first", "second"].map((name) => readFile(join(folder, name, sbom), "utf8")),
      );
      assert.equal(left, right);
      assert.ok(readElf(await readFile(join(folder, "first/root/cosmig"))).interpreter !== undefined);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});
