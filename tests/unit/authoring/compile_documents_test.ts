import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { renderBillOfMaterials } from "../../../lib/authoring/bill_of_materials.ts";
import { readCommit } from "../../../lib/authoring/commit.ts";
import { denoArguments } from "../../../lib/authoring/deno_executable.ts";
import { writeImageRoot } from "../../../lib/authoring/image_root.ts";
import { renderLicences } from "../../../lib/authoring/licences_file.ts";
import { nodeArguments } from "../../../lib/authoring/node_executable.ts";
import { packagesOf, readIntegrities, type ThirdParty } from "../../../lib/authoring/package_inventory.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const PART: ThirdParty = {
  name: "@scope/part",
  version: "1.2.3",
  purl: "pkg:npm/%40scope/part@1.2.3",
  licence: "MIT",
  homepage: "https://part.test",
  texts: ["Do what you want\r\n"],
  integrity: `sha512-${"AAAA".repeat(21)}AA==`,
};

async function inFolder(
  files: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-documents-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

Deno.test("readCommit() follows a branch to its file", async () => {
  const files = { ".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": `${COMMIT}\n` };
  await inFolder(files, async (folder) => assert.equal(await readCommit(folder), COMMIT));
});

Deno.test("readCommit() finds a packed branch, and a commit that is checked out by itself", async () => {
  const packed = {
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/packed-refs": `# pack-refs with: peeled\n${COMMIT} refs/heads/main\n`,
  };
  await inFolder(packed, async (folder) => assert.equal(await readCommit(folder), COMMIT));
  await inFolder({ ".git/HEAD": `${COMMIT}\n`, "a/b": "" }, async (folder) => {
    assert.equal(await readCommit(join(folder, "a")), COMMIT);
  });
});

Deno.test("readCommit() knows none of a branch without commits", async () => {
  const files = { ".git/HEAD": "ref: refs/heads/main\n" };
  await inFolder(files, async (folder) => assert.equal(await readCommit(folder), null));
});

Deno.test("packagesOf() names each package once, with licence, texts and digest", async () => {
  const files = {
    "node_modules/@scope/part/package.json": JSON.stringify({
      name: "@scope/part",
      version: "1.2.3",
      license: "MIT",
    }),
    // Some packages have a second manifest that says only how a folder is to be read.
    "node_modules/@scope/part/dist/package.json": '{"type":"module"}',
    "node_modules/@scope/part/LICENSE": "text of it",
    "deno.lock": JSON.stringify({
      npm: { "@scope/part@1.2.3_other@4.0.0": { integrity: "sha512-abc" } },
    }),
  };
  await inFolder(files, async (folder) => {
    const integrities = await readIntegrities(join(folder, "deno.lock"));
    const sources = ["dist/a.js", "dist/b.js"].map((file) => join(folder, "node_modules/@scope/part", file));
    const [part, ...others] = await packagesOf([join(folder, "main.ts"), ...sources], { integrities });
    assert.deepEqual(others, []);
    assert.equal(part?.purl, "pkg:npm/%40scope/part@1.2.3");
    assert.deepEqual([part?.licence, part?.texts, part?.integrity], ["MIT", ["text of it"], "sha512-abc"]);
  });
});

Deno.test("renderBillOfMaterials() is CycloneDX, and the same for the same content", () => {
  const described = { name: "cosmig", version: "1.0.0", commit: COMMIT, parts: [PART] };
  const text = renderBillOfMaterials(described);
  const document = JSON.parse(text);
  assert.deepEqual([document.bomFormat, document.specVersion], ["CycloneDX", "1.6"]);
  assert.match(
    document.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const [component] = document.components;
  assert.deepEqual([component.group, component.name, component.version], ["@scope", "part", "1.2.3"]);
  assert.deepEqual(component.licenses, [{ license: { id: "MIT" } }]);
  assert.equal(component.hashes[0].content.length, 128);
  assert.equal(renderBillOfMaterials(described), text);
  assert.notEqual(renderBillOfMaterials({ ...described, parts: [] }), text);
});

Deno.test("renderLicences() holds the text of each, and says where there is none", () => {
  const text = renderLicences("cosmig", [PART, { ...PART, name: "silent", texts: [] }]);
  assert.match(text, /@scope\/part 1\.2\.3\nLicence: MIT\n/);
  assert.match(text, /\nDo what you want\n/);
  assert.match(text, /silent 1\.2\.3[\s\S]*brings no text/);
});

Deno.test("writeImageRoot() gives all files one time and folders that everybody may enter", async () => {
  await inFolder({ program: "x", "lib/libown.so.1": "y" }, async (folder) => {
    const root = join(folder, "root");
    const library = join(folder, "lib/libown.so.1");
    await writeImageRoot(root, {
      executable: join(folder, "program"),
      libraries: [{ name: "libown.so.1", path: library }],
      documents: { "licences.txt": "z" },
    });
    for (const path of ["", "cosmig", "etc", "etc/passwd", "usr/share/doc/cosmig/licences.txt", library]) {
      const { mtimeMs, mode } = await stat(join(root, path));
      assert.equal(mtimeMs, 0, path);
      assert.equal(mode & 0o444, 0o444, path);
    }
    assert.equal((await stat(join(root, "cosmig"))).mode & 0o777, 0o755);
    assert.equal((await stat(join(root, "etc"))).mode & 0o777, 0o755);
  });
});

Deno.test("denoArguments() and nodeArguments() grant what was named and nothing else", () => {
  const permissions = { read: ["/secrets", "/etc/cosmig"], write: ["/dev/termination-log"] };
  assert.deepEqual(denoArguments(permissions).slice(-2), [
    "--allow-read=/secrets,/etc/cosmig",
    "--allow-write=/dev/termination-log",
  ]);
  assert.deepEqual(nodeArguments(permissions).slice(-3), [
    "--allow-fs-read=/secrets",
    "--allow-fs-read=/etc/cosmig",
    "--allow-fs-write=/dev/termination-log",
  ]);
  const all = denoArguments({ read: ["*"], write: [] });
  assert.ok(all.includes("--allow-read") && !all.some((flag) => flag.startsWith("--allow-write")));
  for (const flag of ["--allow-all", "--allow-run", "--allow-ffi"]) assert.ok(!all.includes(flag));
});
