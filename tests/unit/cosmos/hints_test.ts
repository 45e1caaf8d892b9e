import assert from "node:assert/strict";
import { covers } from "../../../lib/cosmos/_definition.ts";
import { redact } from "../../../lib/cosmos/_redact.ts";
import { hintFor } from "../../../lib/cosmos/hints.ts";

const names = { host: "acme.documents.azure.com", database: "shop", container: "orders" };

Deno.test("hintFor() gives the command that creates what is missing", () => {
  assert.equal(
    hintFor({ status: 404, substatus: 1003, missing: "database", names }),
    "Create it: az cosmosdb sql database create --account-name acme --resource-group <resource group> --name shop",
  );
  assert.equal(
    hintFor({ status: 404, substatus: 0, missing: "container", names: { ...names, host: "localhost:8081" } }),
    "Create it: az cosmosdb sql container create --account-name <account> --resource-group <resource group> --database-name shop --name orders --partition-key-path <path>",
  );
});

Deno.test("hintFor() prefers the substatus to the status, and is silent where nothing general can be said", () => {
  const hints = [5300, 5301, 3, 0].map((substatus) => hintFor({ status: 403, substatus, names }));
  assert.equal(new Set(hints).size, 4);
  assert.equal(hintFor({ status: 409, substatus: 0, names }), undefined);
});

Deno.test("redact() removes keys, signatures, tokens and credentials in URLs", () => {
  const cases = {
    "AccountEndpoint=https://a/;AccountKey=abc==;": "AccountEndpoint=https://a/;AccountKey=[redacted];",
    "type=master&ver=1.0&sig=abc+/=": "type=master&ver=1.0&sig=[redacted]",
    "type%3Dmaster%26ver%3D1.0%26sig%3Dabc%2B%3D end": "type%3Dmaster%26ver%3D1.0%26sig%3D[redacted] end",
    "Bearer abc.def": "Bearer [redacted]",
    "token eyJhbGci.eyJzdWI.c2ln end": "token [redacted] end",
    "connect http://user:pass@proxy:3128 failed": "connect http://[redacted]@proxy:3128 failed",
    "nothing secret at https://a.documents.azure.com:443/":
      "nothing secret at https://a.documents.azure.com:443/",
  };
  for (const [text, clean] of Object.entries(cases)) assert.equal(redact(text), clean);
});

Deno.test("covers() ignores what the service adds, and nothing that was asked for", () => {
  const asked = {
    id: "orders",
    _etag: "old",
    partitionKey: { paths: ["/p"] },
    indexingPolicy: { excludedPaths: [{ path: "/*" }] },
    defaultTtl: undefined,
  };
  const actual = {
    id: "orders",
    _rid: "r",
    partitionKey: { paths: ["/p"], kind: "Hash" },
    indexingPolicy: { automatic: true, excludedPaths: [{ path: "/*" }, { path: '/"_etag"/?' }] },
  };
  assert.ok(covers(actual, asked));
  assert.ok(!covers({ ...actual, partitionKey: { paths: ["/q"] } }, asked));
  assert.ok(!covers(actual, { ...asked, defaultTtl: 5 }));
});
