/**
 * What the tests of malformed requests share: an emulator that has to be as it was afterwards, and requests over sockets of their own.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { type RawReply, sayRaw } from "./_raw_socket.ts";
import { masterAuthorization } from "./cosmos/signed_request.ts";

/** Feed of the documents of the seed. */
export const DOCS = "/dbs/cosmig/colls/Items/docs";
/** The partition key of its one document. */
export const KEY = { "x-ms-documentdb-partitionkey": '["a"]' };
/** Makes a POST a query. */
export const QUERY = { "x-ms-documentdb-isquery": "True", "content-type": "application/query+json" };
/** Makes a POST an atomic batch. */
export const BATCH = { ...KEY, "x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True" };
const SEED = {
  containers: { Items: { partitionKey: "/pk", documents: [{ id: "1", pk: "a", n: 1 }] } },
} as const;

/** Starts an emulator, lets a test torment it, and sees that it is as it was. */
export function torment(name: string, work: (emulator: Emulator) => Promise<void>): void {
  Deno.test(`malformed requests: ${name}`, async () => {
    await using emulator = await startEmulator({ seed: SEED });
    const before = JSON.stringify(emulator.store.snapshot());
    await work(emulator);
    assert.equal(JSON.stringify(emulator.store.snapshot()), before, "a malformed request changed the state");
    const healthy = await say(emulator, { method: "GET", path: `${DOCS}/1`, headers: KEY });
    assert.equal(healthy.kind === "status" && healthy.status, 200, "it does not answer any more");
  });
}

/** A request by hand. */
export interface Spoken {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly authorization?: string;
}

/** Sends a request with a valid signature, whatever else is wrong with it. */
export function say({ endpoint, key }: Emulator, request: Spoken): Promise<RawReply> {
  const { method, path, headers = {}, body = "" } = request;
  const date = new Date().toUTCString();
  const authorization = request.authorization ?? signatureFor({ method, path, date, key });
  const lines = Object.entries({
    host: "localhost",
    "x-ms-date": date,
    authorization,
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return sayRaw(endpoint, [`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, body]);
}

function signatureFor(request: Parameters<typeof masterAuthorization>[0]): string {
  try {
    return masterAuthorization(request);
  } catch {
    // A path that cannot be decoded cannot be signed, either.
    return "unsigned";
  }
}

/** Sees that an answer is a 4xx. */
export function assertRefused(reply: RawReply, what: unknown): void {
  const shown = typeof what === "string" ? what.slice(0, 200) : JSON.stringify(what).slice(0, 200);
  assert.ok(
    reply.kind === "status" && reply.status >= 400 && reply.status < 500,
    `${shown}: ${JSON.stringify(reply).slice(0, 300)}`,
  );
}
