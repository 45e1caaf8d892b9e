import { CosmigError } from "../base/errors.ts";
import { ELF_HEADER, type ElfSection, readElf, SECTION_HEADER_SIZE, SHF_ALLOC, SHT_NOBITS } from "./elf.ts";

/**
 * Leaves out what an executable does not need to run: symbols and debugging facts, a quarter of Node. Nothing that is loaded moves. The result depends on
 * the input alone, and executables for other processors are stripped as well; both can't be said of the `strip` of a system.
 *
 * @throws {CosmigError} with code `internal` when the sections are not in the order that linkers write
 */
export function stripElf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const elf = readElf(bytes);
  const loaded = elf.sections.filter((section, index) => index === 0 || (section.flags & SHF_ALLOC) !== 0);
  // Symbols name sections by their numbers.
  if (loaded.some((section, index) => elf.sections[index] !== section)) {
    throw new CosmigError("internal", "Cannot strip an executable whose loaded sections do not come first");
  }
  const end = Math.max(elf.endOfSegments, ...loaded.map(endOf));
  const names = encodeNames([...loaded.map(({ name }) => name), ".shstrtab"]);
  const headersAt = Math.ceil((end + names.bytes.length) / 8) * 8;
  const count = loaded.length + 1;

  const stripped = new Uint8Array(headersAt + count * SECTION_HEADER_SIZE);
  stripped.set(bytes.subarray(0, end));
  stripped.set(names.bytes, end);
  const view = new DataView(stripped.buffer);
  const original = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const originalAt = Number(original.getBigUint64(ELF_HEADER.sectionsOffset, true));
  loaded.forEach((section, index) => {
    const at = headersAt + index * SECTION_HEADER_SIZE;
    const from = originalAt + index * SECTION_HEADER_SIZE;
    stripped.set(bytes.subarray(from, from + SECTION_HEADER_SIZE), at);
    view.setUint32(at, names.offsets[index] ?? 0, true);
    if (section.link >= loaded.length) view.setUint32(at + 40, 0, true);
  });
  writeNamesHeader(view, headersAt + loaded.length * SECTION_HEADER_SIZE, {
    nameOffset: names.offsets[loaded.length] ?? 0,
    offset: end,
    size: names.bytes.length,
  });
  view.setBigUint64(ELF_HEADER.sectionsOffset, BigInt(headersAt), true);
  view.setUint16(ELF_HEADER.sectionCount, count, true);
  view.setUint16(ELF_HEADER.sectionNames, loaded.length, true);
  return stripped;
}

function endOf({ type, offset, size }: ElfSection): number {
  return type === SHT_NOBITS ? 0 : offset + size;
}

function encodeNames(
  names: readonly string[],
): { readonly bytes: Uint8Array; readonly offsets: readonly number[] } {
  const offsets: number[] = [];
  let text = "\0";
  for (const name of names) {
    offsets.push(name === "" ? 0 : text.length);
    if (name !== "") text += `${name}\0`;
  }
  return { bytes: new TextEncoder().encode(text), offsets };
}

function writeNamesHeader(
  view: DataView,
  at: number,
  { nameOffset, offset, size }: Pick<ElfSection, "nameOffset" | "offset" | "size">,
): void {
  const SHT_STRTAB = 3;
  view.setUint32(at, nameOffset, true);
  view.setUint32(at + 4, SHT_STRTAB, true);
  view.setBigUint64(at + 24, BigInt(offset), true);
  view.setBigUint64(at + 32, BigInt(size), true);
  view.setBigUint64(at + 48, 1n, true);
}
