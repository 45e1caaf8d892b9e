/**
 * SHA-256 of a text's UTF-8 bytes (FIPS 180-4). The runtime has one as well, but its module takes longer to load than `list` to run.
 *
 * @returns 32 bytes
 */
export function sha256(text: string): Uint8Array {
  const state = INITIAL_STATE.slice();
  const words = new Int32Array(ROUND_CONSTANTS.length);
  const message = new DataView(padded(new TextEncoder().encode(text)).buffer);
  for (let at = 0; at < message.byteLength; at += BLOCK_BYTES) {
    for (let round = 0; round < 16; round++) words[round] = message.getInt32(at + 4 * round);
    addBlock(state, words);
  }
  const digest = new DataView(new ArrayBuffer(state.byteLength));
  state.forEach((word, index) => digest.setInt32(4 * index, word));
  return new Uint8Array(digest.buffer);
}

const BLOCK_BYTES = 64;
const PRIMES = firstPrimes(64);
/** Section 4.2.2. */
const ROUND_CONSTANTS = Int32Array.from(PRIMES, (prime) => fractionBits(Math.cbrt(prime)));
/** Section 5.3.3. */
const INITIAL_STATE = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

/** The first 32 bits behind the point. */
function fractionBits(value: number): number {
  return (value % 1) * 2 ** 32 | 0;
}

/** Section 5.1.1: a one, zeros, and the length in bits, up to a multiple of the block. */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil((bytes.length + 9) / BLOCK_BYTES);
  const message = new Uint8Array(blocks * BLOCK_BYTES);
  message.set(bytes);
  message[bytes.length] = 0x80;
  new DataView(message.buffer).setBigUint64(message.length - 8, BigInt(bytes.length) * 8n);
  return message;
}

/**
 * Section 6.2.2. Hardly ever run often enough to be compiled, so it does nothing that is slow without that: no iterators, no closures.
 *
 * @param words the first 16 of 64 are the block
 */
function addBlock(state: Int32Array, words: Int32Array): void {
  for (let round = 16; round < words.length; round++) {
    const early = words[round - 15]!;
    const late = words[round - 2]!;
    words[round] = words[round - 16]! + (rotated(early, 7) ^ rotated(early, 18) ^ early >>> 3) +
      words[round - 7]! + (rotated(late, 17) ^ rotated(late, 19) ^ late >>> 10);
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let round = 0; round < words.length; round++) {
    const first = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + (e & f ^ ~e & g) +
      ROUND_CONSTANTS[round]! + words[round]!;
    const second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + (a & b ^ a & c ^ b & c);
    h = g, g = f, f = e, e = d + first | 0;
    d = c, c = b, b = a, a = first + second | 0;
  }
  state[0]! += a, state[1]! += b, state[2]! += c, state[3]! += d;
  state[4]! += e, state[5]! += f, state[6]! += g, state[7]! += h;
}

function rotated(word: number, count: number): number {
  return word >>> count | word << 32 - count;
}
