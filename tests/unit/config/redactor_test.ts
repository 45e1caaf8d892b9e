import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createRedactor } from "../../../lib/config/redactor.ts";
import { REDACTED } from "../../../lib/config/secret.ts";

const KEY = 'k+/"e==y\\1';

Deno.test("createRedactor() finds a secret as it is, encoded for URLs, in base64 and inside JSON", () => {
  const redact = createRedactor([KEY]);
  const base64 = Buffer.from(KEY).toString("base64");
  const forms = [
    KEY,
    encodeURIComponent(KEY),
    encodeURIComponent(KEY).replaceAll(/%../g, (escape) => escape.toLowerCase()),
    base64,
    base64.replaceAll("=", ""),
    Buffer.from(KEY).toString("base64url"),
    JSON.stringify(KEY).slice(1, -1),
  ];
  for (const form of forms) assert.equal(redact(`<${form}>`), `<${REDACTED}>`, form);
});

Deno.test("createRedactor() leaves no secret in any text that holds it", () => {
  const secrets = fc.array(
    fc.string({ minLength: 4, maxLength: 40 }).filter((text) => !REDACTED.includes(text)),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(fc.property(secrets, fc.string(), fc.string(), (all, before, after) => {
    const redacted = createRedactor(all)(before + all.join(" ") + after);
    // What is left must not come from the planted texts; the marks themselves may form one with their surroundings.
    const rest = redacted.split(REDACTED);
    for (const secret of all) assert.ok(rest.every((part) => !part.includes(secret)));
  }));
});

Deno.test("createRedactor() removes what looks like a secret although nobody named it", () => {
  const redact = createRedactor([]);
  assert.equal(
    redact("AccountEndpoint=https://a/;AccountKey=abc==;x"),
    `AccountEndpoint=https://a/;AccountKey=${REDACTED};x`,
  );
  assert.equal(redact("type=master&ver=1.0&sig=abc%3D"), `type=master&ver=1.0&sig=${REDACTED}`);
  assert.equal(redact("Bearer eyJ0.a.b"), `Bearer ${REDACTED}`);
  assert.equal(redact("via http://user:pw@proxy:1/"), `via http://user:${REDACTED}@proxy:1/`);
});

Deno.test("createRedactor() leaves ordinary text and very short secrets alone", () => {
  assert.equal(createRedactor(["a", ""])("a banana"), "a banana");
});
