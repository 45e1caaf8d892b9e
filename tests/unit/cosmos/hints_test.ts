import assert from "node:assert/strict";
import { covers } from "../../../lib/cosmos/_definition.ts";
import { redact } from "../../../lib/cosmos/_redact.ts";
import { type FailureFacts, hintFor } from "../../../lib/cosmos/hints.ts";

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

Deno.test("hintFor() has a hint of its own for every situation that is common", () => {
  const situations: Readonly<Record<string, [Omit<FailureFacts, "names">, RegExp]>> = {
    "wrong key": [{
      status: 401,
      substatus: 0,
      reason: "The input authorization token can't serve the request. The wrong key is being used",
    }, /account key/],
    "firewall": [{
      status: 403,
      substatus: 0,
      reason:
        "Request originated from IP 1.2.3.4 through public internet. This is blocked by your firewall settings",
    }, /firewall refuses this machine/],
    "missing role": [{ status: 403, substatus: 5301 }, /az cosmosdb sql role assignment create/],
    "container operation with Entra ID": [
      { status: 403, substatus: 5300 },
      /cannot do this on the data plane/,
    ],
    "database missing": [
      { status: 404, substatus: 1003, missing: "database" },
      /az cosmosdb sql database create/,
    ],
    "container missing": [
      { status: 404, substatus: 0, missing: "container" },
      /az cosmosdb sql container create/,
    ],
    "clock skew": [{
      status: 403,
      substatus: 0,
      reason:
        "The authorization token is not valid at the current time. Please create another token and retry",
    }, /clock of this machine/],
    "TLS trust": [{ status: 0, substatus: 0, cause: "tls-trust" }, /CosmosDb__CaFile/],
    "https against plain http": [{ status: 0, substatus: 0, cause: "tls-protocol" }, /http:\/\//],
    "plain http against https": [{ status: 0, substatus: 0, cause: "unreadable" }, /needs https:\/\//],
    "throttled": [{ status: 429, substatus: 3200 }, /raise its throughput/],
    "DNS": [{ status: 0, substatus: 0, cause: "dns" }, /Check the name acme/],
    "nobody listens": [{ status: 0, substatus: 0, cause: "refused" }, /Nothing listens/],
    "no answer": [{ status: 0, substatus: 0, cause: "timeout" }, /did not answer/],
    "no token": [{ status: 0, substatus: 0, cause: "credential" }, /federated token/],
  };
  const hints = Object.entries(situations).map(([situation, [facts, expected]]) => {
    const hint = hintFor({ ...facts, names });
    assert.match(hint ?? "", expected, situation);
    return hint;
  });
  assert.equal(new Set(hints).size, hints.length);
});

Deno.test("hintFor() doubts the host that an account named for itself, as an emulator behind a mapped port does", () => {
  const regional = { ...names, host: "localhost:49153", regionalHost: "172.17.0.2:8081" };
  for (const cause of ["dns", "refused", "timeout", "connection"] as const) {
    const hint = hintFor({ status: 0, substatus: 0, cause, names: regional });
    assert.match(hint ?? "", /172\.17\.0\.2:8081.*localhost:49153 with CosmosDb__EndpointDiscovery=off/);
  }
  const trust = hintFor({ status: 0, substatus: 0, cause: "tls-trust", names: regional });
  assert.match(trust ?? "", /CosmosDb__CaFile/);
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
