import assert from "node:assert/strict";
import { parseConnectionString } from "../../../lib/config/connection_string.ts";
import { CONNECTION_STRING, ENDPOINT, KEY } from "./_load.ts";

Deno.test("parseConnectionString() reads what the portal shows", () => {
  const parsed = parseConnectionString(CONNECTION_STRING);
  assert.ok(parsed.kind === "ok");
  assert.equal(parsed.value.endpoint, "https://shop.documents.azure.com/");
  assert.equal(parsed.value.key.reveal(), KEY);
  assert.deepEqual(parsed.value.ignored, []);
});

Deno.test("parseConnectionString() accepts spaces, any case and parts it does not use", () => {
  const parsed = parseConnectionString(
    ` accountendpoint = ${ENDPOINT} ; ACCOUNTKEY=${KEY};DisableServerCertificateValidation=True`,
  );
  assert.ok(parsed.kind === "ok");
  assert.deepEqual(parsed.value.ignored, ["disableservercertificatevalidation"]);
});

Deno.test("parseConnectionString() says exactly what is wrong and never shows the value", () => {
  const table: readonly [string, RegExp][] = [
    ["nonsense-with-a-secret", /part 1 is not "name=value"/],
    [`AccountEndpoint=${ENDPOINT};oops-secret`, /part 2 is not "name=value"/],
    [`AccountKey=${KEY}`, /^lacks AccountEndpoint/],
    [`AccountEndpoint=${ENDPOINT}`, /^lacks AccountKey/],
    [`AccountEndpoint=${ENDPOINT};AccountKey=not base64 secret`, /has to be base64/],
    [`AccountEndpoint=secret;AccountKey=${KEY}`, /has to be a URL/],
    [`AccountEndpoint=https://a:secret@b/;AccountKey=${KEY}`, /must not contain a user name/],
    [`AccountEndpoint=https://b/secret;AccountKey=${KEY}`, /must not have a path/],
    [`AccountKey=${KEY};AccountKey=${KEY};AccountEndpoint=${ENDPOINT}`, /has the part AccountKey twice/],
  ];
  for (const [text, expected] of table) {
    const parsed = parseConnectionString(text);
    assert.ok(parsed.kind === "wrong", text);
    assert.match(parsed.problems.join("\n"), expected);
    assert.ok(!/secret|c2VjcmV0/.test(parsed.problems.join("\n")), parsed.problems.join("\n"));
  }
});

Deno.test("parseConnectionString() reports a wrong endpoint and a wrong key together", () => {
  const parsed = parseConnectionString("AccountEndpoint=x;AccountKey=*");
  assert.equal(parsed.kind === "wrong" && parsed.problems.length, 2);
});
