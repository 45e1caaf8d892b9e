import { CosmigError } from "../base/errors.ts";

/** A section of an ELF file. */
export interface ElfSection {
  readonly name: string;
  readonly nameOffset: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** What of an ELF file the build needs: which libraries it loads, and what of it is not loaded at all. */
export interface Elf {
  readonly machine: number;
  /** The program that loads its libraries; `undefined` for a library and for a static executable. */
  readonly interpreter: string | undefined;
  /** Names of the libraries that it needs. */
  readonly needed: readonly string[];
  /** Where it looks first, as written: `$ORIGIN` is not replaced. */
  readonly searchPath: readonly string[];
  readonly sections: readonly ElfSection[];
  /** End of the last part of the file that a loader maps. */
  readonly endOfSegments: number;
}

/** The section has no bytes in the file. */
export const SHT_NOBITS = 8;
/** The section is loaded. */
export const SHF_ALLOC = 2;

const PT_INTERP = 3;
const SHT_DYNAMIC = 6;
const DT_NEEDED = 1;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

/** Positions of the fields of the file's header (System V ABI, "ELF Header", for 64 bits). */
export const ELF_HEADER = { sectionsOffset: 0x28, sectionCount: 0x3c, sectionNames: 0x3e, size: 64 } as const;
/** Size of a section's header. */
export const SECTION_HEADER_SIZE = 64;

/** Whether the bytes begin as those of a 64-bit little-endian ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return [0x7f, 0x45, 0x4c, 0x46, 2, 1].every((byte, index) => bytes[index] === byte);
}

/**
 * Reads an ELF file (System V ABI, chapters "Object Files" and "Dynamic Linking").
 *
 * @throws {CosmigError} with code `internal` when it is no 64-bit little-endian ELF file
 */
export function readElf(bytes: Uint8Array): Elf {
  if (!isElf(bytes)) throw new CosmigError("internal", "Cannot read an executable that is not 64-bit ELF");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = (offset: number) => Number(view.getBigUint64(offset, true));
  const segments = Array.from({ length: view.getUint16(0x38, true) }, (_, index) => {
    const at = long(0x20) + index * view.getUint16(0x36, true);
    return { type: view.getUint32(at, true), offset: long(at + 8), size: long(at + 0x20) };
  });
  const sections = readSections(view);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = dynamicEntries(view, sections);
  const texts = (tag: number) => dynamic.filter((entry) => entry.tag === tag).map(({ text }) => text());
  return {
    machine: view.getUint16(0x12, true),
    interpreter: interpreter && textAt(view, interpreter.offset),
    needed: texts(DT_NEEDED),
    searchPath: [...texts(DT_RPATH), ...texts(DT_RUNPATH)].flatMap((path) => path.split(":")),
    sections,
    endOfSegments: Math.max(0, ...segments.map(({ offset, size }) => offset + size)),
  };
}

function readSections(view: DataView): ElfSection[] {
  const long = (offset: number) => Number(view.getBigUint64(offset, true));
  const start = long(ELF_HEADER.sectionsOffset);
  const headers = Array.from({ length: view.getUint16(ELF_HEADER.sectionCount, true) }, (_, index) => {
    const at = start + index * SECTION_HEADER_SIZE;
    return {
      nameOffset: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      flags: long(at + 8),
      address: long(at + 16),
      offset: long(at + 24),
      size: long(at + 32),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
    };
  });
  const names = headers[view.getUint16(ELF_HEADER.sectionNames, true)];
  return headers.map((header) => ({
    ...header,
    name: names === undefined ? "" : textAt(view, names.offset + header.nameOffset),
  }));
}

interface DynamicEntry {
  readonly tag: number;
  text(): string;
}

function dynamicEntries(view: DataView, sections: readonly ElfSection[]): DynamicEntry[] {
  const dynamic = sections.find(({ type }) => type === SHT_DYNAMIC);
  const strings = dynamic && sections[dynamic.link];
  if (dynamic === undefined || strings === undefined) return [];
  return Array.from({ length: Math.floor(dynamic.size / 16) }, (_, index) => {
    const at = dynamic.offset + index * 16;
    const value = Number(view.getBigUint64(at + 8, true));
    return { tag: Number(view.getBigInt64(at, true)), text: () => textAt(view, strings.offset + value) };
  });
}

function textAt(view: DataView, offset: number): string {
  let end = offset;
  while (end < view.byteLength && view.getUint8(end) !== 0) end++;
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, end - offset));
}
