import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CosmosError } from "../../../lib/base/errors.ts";
import { connect, entraCredential } from "../../../lib/cosmos/mod.ts";
import { fakeOptions, type FakeReply, manualClock, startFakeGateway } from "./_fake_gateway.ts";
import { startTlsServer, TEST_AUTHORITY } from "./_tls_server.ts";

const SCOPE = "https://account.documents.azure.com/.default";
const TOKEN: FakeReply = { status: 200, body: { access_token: "the-token", expires_in: 3_600 } };

async function withTokenFile(action: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-token-"));
  try {
    await writeFile(join(folder, "token"), "the-assertion\n");
    await action(join(folder, "token"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

Deno.test("entraCredential() exchanges the federated token of a pod, once for many requests", () =>
  withTokenFile(async (file) => {
    await using authority = await startFakeGateway(() => TOKEN);
    const credential = entraCredential({
      AZURE_CLIENT_ID: "client",
      AZURE_TENANT_ID: "tenant",
      AZURE_FEDERATED_TOKEN_FILE: file,
      AZURE_AUTHORITY_HOST: `${authority.endpoint}/`,
    }, { clock: manualClock(), timeoutMs: 1_000 });
    assert.equal((await credential.getToken(SCOPE))?.token, "the-token");
    await credential.getToken(SCOPE);
    assert.equal(authority.seen.length, 1);
    const { path, body } = authority.seen[0]!;
    assert.equal(path, "/tenant/oauth2/v2.0/token");
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      client_id: "client",
      scope: SCOPE,
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "the-assertion",
    });
  }));

Deno.test("entraCredential() fetches a new token before the old one expires", async () => {
  let nowMs = 0;
  const clock = { ...manualClock(), wallMs: () => nowMs };
  await using endpoint = await startFakeGateway(() => TOKEN);
  const environment = { IDENTITY_ENDPOINT: `${endpoint.endpoint}/msi`, IDENTITY_HEADER: "h" };
  const credential = entraCredential(environment, { clock, timeoutMs: 1_000 });
  await credential.getToken(SCOPE);
  nowMs = 54 * 60_000;
  await credential.getToken(SCOPE);
  assert.equal(endpoint.seen.length, 1);
  nowMs = 55 * 60_000;
  await credential.getToken(SCOPE);
  assert.equal(endpoint.seen.length, 2);
});

Deno.test("entraCredential() asks the platform's endpoint for the managed identity", async () => {
  const expiresOn = 4_000_000_000;
  await using endpoint = await startFakeGateway(() => ({
    status: 200,
    body: { access_token: "the-token", expires_on: String(expiresOn) },
  }));
  const credential = entraCredential({
    IDENTITY_ENDPOINT: `${endpoint.endpoint}/msi?x=1`,
    IDENTITY_HEADER: "the-header",
    AZURE_CLIENT_ID: "client",
  }, { clock: manualClock(), timeoutMs: 1_000 });
  const token = await credential.getToken(SCOPE);
  assert.deepEqual(token, { token: "the-token", expiresOnTimestamp: expiresOn * 1_000 });
  const { path, headers } = endpoint.seen[0]!;
  const query = new URL(path, endpoint.endpoint).searchParams;
  assert.equal(headers["x-identity-header"], "the-header");
  assert.deepEqual(Object.fromEntries(query), {
    "x": "1",
    "api-version": "2019-08-01",
    "resource": "https://account.documents.azure.com",
    "client_id": "client",
  });
});

Deno.test("entraCredential() fails so that trying again is worth it, without showing the assertion", () =>
  withTokenFile(async (file) => {
    const body = {
      error: "invalid_client",
      error_description: "AADSTS700016: unknown client eyJhbGci.eyJzdWI.sig\r\nTrace",
    };
    await using authority = await startFakeGateway(() => ({ status: 400, body }));
    const environment = (tokenFile: string) => ({
      AZURE_CLIENT_ID: "client",
      AZURE_TENANT_ID: "tenant",
      AZURE_FEDERATED_TOKEN_FILE: tokenFile,
      AZURE_AUTHORITY_HOST: authority.endpoint,
    });
    const options = { clock: manualClock(), timeoutMs: 1_000 };
    for (const [tokenFile, text] of [[file, /AADSTS700016/], [`${file}-gone`, /gone/]] as const) {
      const error = await entraCredential(environment(tokenFile), options).getToken(SCOPE)
        .then(() => undefined, (thrown) => thrown);
      assert.ok(error instanceof CosmosError && error.failure.retryable);
      assert.match(error.message, text);
      assert.ok(!/eyJ|the-assertion/.test(error.message));
    }
  }));

Deno.test("connect() presents a token over TLS, and asks for one of the account first", async () => {
  await using server = await startTlsServer();
  const scopes: unknown[] = [];
  const credential = {
    getToken(scope: unknown) {
      scopes.push(scope);
      if (scopes.length === 1) throw new Error("AADSTS500011: no such resource");
      return Promise.resolve({ token: "the-token", expiresOnTimestamp: Date.now() + 3_600_000 });
    },
  };
  const connection = await connect(
    fakeOptions(server.endpoint, { ca: TEST_AUTHORITY, credential: { kind: "token", credential } }),
  );
  connection.close();
  assert.deepEqual(scopes.flat(), ["https://localhost/.default", "https://cosmos.azure.com/.default"]);
  assert.deepEqual(server.authorizations, ["type=aad&ver=1.0&sig=the-token"]);
});

Deno.test("connect() says what is wrong when no token can be had", async () => {
  await using server = await startTlsServer();
  const credential = { getToken: () => Promise.reject(new Error("no identity here")) };
  const connecting = connect(
    fakeOptions(server.endpoint, { ca: TEST_AUTHORITY, credential: { kind: "token", credential } }),
  );
  await assert.rejects(
    connecting,
    (error) =>
      error instanceof CosmosError && error.failure.retryable && /no identity here/.test(error.message) &&
      /identity/.test(error.hint ?? ""),
  );
});
