import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { sha256 } from "../../../lib/definition/sha256.ts";

function expected(text: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(text).digest());
}

Deno.test("sha256() gives the digests of FIPS 180-4", () => {
  const vectors = {
    "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq":
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  };
  for (const [text, digest] of Object.entries(vectors)) assert.equal(sha256(text).toHex(), digest);
});

Deno.test("sha256() gives what the runtime's own gives, for every length around a block and for any text", () => {
  for (let length = 0; length <= 200; length++) {
    const text = "é".repeat(length >> 1) + "x".repeat(length & 1);
    assert.deepEqual(sha256(text), expected(text), `${length} bytes`);
  }
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 5_000 }), (text) => {
    assert.deepEqual(sha256(text), expected(text));
  }));
});
