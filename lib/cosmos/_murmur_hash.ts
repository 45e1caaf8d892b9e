/**
 * MurmurHash3 by Austin Appleby (public domain), the two variants that Cosmos DB places documents with, seed 0.
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 *
 * @module
 */

/** The 32-bit variant for x86. */
export function murmur32(bytes: Uint8Array): number {
  const [c1, c2] = [0xcc9e2d51, 0x1b873593];
  const mix = (block: number) => Math.imul(rotate32(Math.imul(block, c1), 15), c2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tailStart = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < tailStart; at += 4) {
    hash = Math.imul(rotate32(hash ^ mix(view.getUint32(at, true)), 13), 5) + 0xe6546b64;
  }
  const tail = bytes.subarray(tailStart).reduceRight((sum, byte) => (sum << 8) | byte, 0);
  if (tailStart < bytes.length) hash ^= mix(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The 128-bit variant for x64; sixteen bytes, both halves little-endian. */
export function murmur128(bytes: Uint8Array): Uint8Array {
  const [c1, c2] = [0x87c37b91114253d5n, 0x4cf5ad432745937fn];
  const mix1 = (block: bigint) => multiply(rotate64(multiply(block, c1), 31n), c2);
  const mix2 = (block: bigint) => multiply(rotate64(multiply(block, c2), 33n), c1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tailStart = bytes.length & ~15;
  let [h1, h2] = [0n, 0n];
  for (let at = 0; at < tailStart; at += 16) {
    h1 = add(rotate64(h1 ^ mix1(view.getBigUint64(at, true)), 27n), h2);
    h1 = add(multiply(h1, 5n), 0x52dce729n);
    h2 = add(rotate64(h2 ^ mix2(view.getBigUint64(at + 8, true)), 31n), h1);
    h2 = add(multiply(h2, 5n), 0x38495ab5n);
  }
  const tail = new DataView(new ArrayBuffer(16));
  bytes.subarray(tailStart).forEach((byte, index) => tail.setUint8(index, byte));
  h1 ^= mix1(tail.getBigUint64(0, true));
  h2 ^= mix2(tail.getBigUint64(8, true));
  const length = BigInt(bytes.length);
  h1 = add(h1 ^ length, h2 ^ length);
  h2 = add(h2 ^ length, h1);
  h1 = finish(h1);
  h2 = finish(h2);
  h1 = add(h1, h2);
  h2 = add(h2, h1);
  const hash = new DataView(new ArrayBuffer(16));
  hash.setBigUint64(0, h1, true);
  hash.setBigUint64(8, h2, true);
  return new Uint8Array(hash.buffer);
}

function finish(half: bigint): bigint {
  const once = multiply(half ^ (half >> 33n), 0xff51afd7ed558ccdn);
  const twice = multiply(once ^ (once >> 33n), 0xc4ceb9fe1a85ec53n);
  return twice ^ (twice >> 33n);
}

function rotate32(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function rotate64(value: bigint, by: bigint): bigint {
  return BigInt.asUintN(64, (value << by) | (value >> (64n - by)));
}

function add(left: bigint, right: bigint): bigint {
  return BigInt.asUintN(64, left + right);
}

function multiply(left: bigint, right: bigint): bigint {
  return BigInt.asUintN(64, left * right);
}
