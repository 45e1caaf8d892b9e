const SIGN = 1n << 63n;
const MASK = (1n << 64n) - 1n;
const MAX_TEXT = 100;

/**
 * A number as bytes whose order is the order of the numbers: the first byte of its sortable bits, then seven bits a byte with a mark in the lowest
 * bit of all but the last.
 */
export function encodeNumber(value: number): readonly number[] {
  let payload = sortableBits(value);
  const bytes = [0x05, Number(payload >> 56n)];
  payload = (payload << 8n) & MASK;
  let pending: number | undefined;
  do {
    if (pending !== undefined) bytes.push(pending);
    pending = Number(payload >> 56n) | 1;
    payload = (payload << 7n) & MASK;
  } while (payload !== 0n);
  const last = pending & 0xfe;
  if (last !== 0) bytes.push(last);
  return bytes;
}

/** Text as bytes, each one higher so that 0 can end it; text beyond 100 characters is cut and not ended. */
export function encodeText(text: string): readonly number[] {
  const utf8 = new TextEncoder().encode(text);
  const short = text.length <= MAX_TEXT;
  const raised = [...short ? utf8 : utf8.slice(0, MAX_TEXT + 1)].map((byte) => byte < 0xff ? byte + 1 : byte);
  return [0x08, ...raised, ...short ? [0x00] : []];
}

function sortableBits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  return bits < SIGN ? bits ^ SIGN : (~bits + 1n) & MASK;
}
