import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostTarget } from "../../../lib/authoring/compile_target.ts";
import { isElf, readElf, SHF_ALLOC } from "../../../lib/authoring/elf.ts";
import { sharedLibrariesOf } from "../../../lib/authoring/shared_libraries.ts";
import { stripElf } from "../../../lib/authoring/strip_elf.ts";

const ENV = "/usr/bin/env";

interface Part {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly bytes: string;
  readonly link?: number;
}

/** An ELF file of sections alone, with the table of their names as the last one. */
function elfOf(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const sections = [{ name: "", type: 0, flags: 0, bytes: "" }, ...parts, {
    name: ".shstrtab",
    type: 3,
    flags: 0,
    bytes: "",
  }];
  const names = sections.map(({ name }) => name).join("\0") + "\0";
  const contents = sections.map(({ name, bytes }) => name === ".shstrtab" ? names : bytes);
  const body = contents.join("");
  const table = 64 + Math.ceil(body.length / 8) * 8;
  const file = new Uint8Array(table + sections.length * 64);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(0x28, BigInt(table), true);
  view.setUint16(0x3c, sections.length, true);
  view.setUint16(0x3e, sections.length - 1, true);
  file.set(new TextEncoder().encode(body), 64);
  let [offset, nameAt] = [64, 0];
  sections.forEach((section, index) => {
    const at = table + index * 64;
    const { length } = contents[index] ?? "";
    view.setUint32(at, nameAt, true);
    view.setUint32(at + 4, section.type, true);
    view.setBigUint64(at + 8, BigInt(section.flags), true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(length), true);
    view.setUint32(at + 40, "link" in section ? section.link ?? 0 : 0, true);
    offset += length;
    nameAt += section.name.length + 1;
  });
  return file;
}

const TEXT: Part = { name: ".text", type: 1, flags: SHF_ALLOC, bytes: "code" };
const SYMBOLS: Part = { name: ".symtab", type: 2, flags: 0, bytes: "symbols", link: 3 };
const STRINGS: Part = { name: ".strtab", type: 3, flags: 0, bytes: "strings" };

Deno.test("stripElf() keeps what is loaded and leaves out symbols", () => {
  const stripped = stripElf(elfOf([TEXT, SYMBOLS, STRINGS]));
  const { sections } = readElf(stripped);
  assert.deepEqual(sections.map(({ name }) => name), ["", ".text", ".shstrtab"]);
  const text = sections[1]!;
  assert.equal(new TextDecoder().decode(stripped.subarray(text.offset, text.offset + text.size)), "code");
  assert.doesNotMatch(new TextDecoder().decode(stripped), /symbols|strings/);
});

Deno.test("stripElf() refuses a file whose loaded sections would get other numbers", () => {
  assert.throws(() => stripElf(elfOf([SYMBOLS, TEXT])), /loaded sections do not come first/);
});

Deno.test("stripElf() leaves an executable that runs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-elf-"));
  try {
    const path = join(folder, "program");
    await writeFile(path, stripElf(await readFile(ENV)), { mode: 0o755 });
    assert.match(execFileSync(path, ["ONLY=this"], { encoding: "utf8" }), /^ONLY=this$/m);
  } finally {
    await rm(folder, { recursive: true });
  }
});

Deno.test("readElf() tells the loader and the libraries of an executable", async () => {
  const elf = readElf(await readFile(ENV));
  assert.match(elf.interpreter ?? "", /\/ld-linux-/);
  assert.ok(elf.needed.includes("libc.so.6"));
});

Deno.test("readElf() refuses what is no ELF file", () => {
  assert.equal(isElf(new TextEncoder().encode("#!/bin/sh")), false);
  assert.throws(() => readElf(new TextEncoder().encode("#!/bin/sh")), /not 64-bit ELF/);
});

Deno.test("sharedLibrariesOf() follows what libraries need to files that exist", async () => {
  const libraries = await sharedLibrariesOf(await readFile("/proc/self/exe"), { target: hostTarget() });
  const names = libraries.map(({ name }) => name);
  assert.ok(names.includes("libc.so.6"));
  assert.equal(names.filter((name) => /ld-linux/.test(name)).length, 1, names.join(" "));
  for (const { path } of libraries) await access(path);
});

Deno.test("sharedLibrariesOf() refuses an executable whose libraries are for another processor", async () => {
  const target = hostTarget() === "x86_64" ? "aarch64" : "x86_64";
  await assert.rejects(sharedLibrariesOf(await readFile(ENV), { target }), /Cannot find the shared library/);
});
