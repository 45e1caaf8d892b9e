const SLAB_BYTES = 1 << 22;
/** Sizes for each doubling: at most a thirty-second of a slot is unused. */
const STEPS = 32;
const MIN_SLOT = 64;

/** Where a text lies. */
export interface Slot {
  readonly at: number;
  /** Bytes of the text. */
  readonly length: number;
}

/**
 * Texts as UTF-8 outside the JavaScript heap, in slabs of 4 MiB. Freed slots are used again for texts of the same size class, of which each
 * keeps the largest amount that it held at once; nothing is ever moved.
 */
export class ByteStore {
  readonly #slabs: Uint8Array[] = [];
  readonly #free = new Map<number, number[]>();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #next = SLAB_BYTES;

  /** Stores a text of less than 4 MiB. */
  put(text: string): Slot {
    const bytes = this.#encoder.encode(text);
    const size = slotSize(bytes.length);
    const at = this.#free.get(size)?.pop() ?? this.#extend(size);
    this.#slabs[Math.floor(at / SLAB_BYTES)]!.set(bytes, at % SLAB_BYTES);
    return { at, length: bytes.length };
  }

  get(slot: Slot): string {
    const start = slot.at % SLAB_BYTES;
    return this.#decoder.decode(
      this.#slabs[Math.floor(slot.at / SLAB_BYTES)]!.subarray(start, start + slot.length),
    );
  }

  /** Gives the place back; the slot must not be used any more. */
  free(slot: Slot): void {
    const size = slotSize(slot.length);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [slot.at]);
    else list.push(slot.at);
  }

  #extend(size: number): number {
    if (this.#next + size > SLAB_BYTES) {
      this.#slabs.push(new Uint8Array(SLAB_BYTES));
      this.#next = 0;
    }
    const at = (this.#slabs.length - 1) * SLAB_BYTES + this.#next;
    this.#next += size;
    return at;
  }
}

/** The size class of a text: the smallest of MIN_SLOT × 2^n × (1 + k/8) that holds it. */
function slotSize(length: number): number {
  if (length <= MIN_SLOT) return MIN_SLOT;
  const power = 2 ** Math.floor(Math.log2(length));
  return power + Math.ceil((length - power) * STEPS / power) * (power / STEPS);
}
