import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import http from "node:http";
import { type Container, CosmosClient } from "@azure/cosmos";
import type { Clock } from "../../../lib/base/clock.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../../lib/emulator/mod.ts";

/** A clock that stands still until it is moved. It begins at the present, since clients date their signatures by the machine. */
export class ManualClock implements Clock {
  nowMs = Math.floor(Date.now() / 1_000) * 1_000;
  monotonicMs = () => this.nowMs;
  wallMs = () => this.nowMs;
  schedule = (callback: () => void, delayMs: number) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  };
}

/** What a test works with. */
export interface Bench {
  readonly emulator: Emulator;
  readonly client: CosmosClient;
  /** Container `Items` of the seed, partition key `/pk`. */
  readonly items: Container;
  raw(method: string, path: string, request?: RawRequest): Promise<RawAnswer>;
}

export interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Master key to sign with, or a whole authorization header, or `null` for none. */
  readonly key?: string | null;
  readonly authorization?: string;
  readonly dateMs?: number;
}

export interface RawAnswer {
  readonly status: number;
  readonly substatus: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

/** Runs a test on an emulator of its own, with a container `Items`. */
export function withEmulator(
  options: EmulatorOptions & { readonly documents?: readonly JsonObject[]; readonly container?: JsonObject },
  work: (bench: Bench) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const { documents = [], container = {}, ...rest } = options;
    const seed = { containers: { Items: { partitionKey: "/pk", ...container, documents } } };
    const emulator = await startEmulator({ seed, ...rest });
    const client = new CosmosClient({
      endpoint: emulator.endpoint,
      key: emulator.key,
      consistencyLevel: "Session" as never,
      connectionPolicy: {
        enableEndpointDiscovery: false,
        retryOptions: { maxRetryAttemptCount: 0 } as never,
      },
    });
    try {
      await work({
        emulator,
        client,
        items: client.database("cosmig").container("Items"),
        raw: (method, path, request = {}) => sendRaw(emulator, { method, path, ...request }),
      });
    } finally {
      client.dispose();
      await emulator.close();
    }
  };
}

/** Path of the documents of `Items`. */
export const DOCS = "/dbs/cosmig/colls/Items/docs";

/** Headers of a query that is pinned to a physical partition. */
export function pinned(rangeId: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    "x-ms-documentdb-isquery": "true",
    "content-type": "application/query+json",
    "x-ms-documentdb-partitionkeyrangeid": rangeId,
    ...more,
  };
}

/** The status of what an SDK call throws. */
export async function statusOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "fine";
  } catch (error) {
    const { code, substatus } = error as { code?: number; substatus?: number };
    return substatus ? `${code}/${substatus}` : String(code);
  }
}

export function sendRaw(
  emulator: Emulator,
  request: RawRequest & { readonly method: string; readonly path: string },
): Promise<RawAnswer> {
  const { method, path, body, headers = {}, key = emulator.key, dateMs = Date.now() } = request;
  const date = new Date(dateMs).toUTCString();
  const authorization = request.authorization ??
    (key === null ? undefined : signatureOf({ method, path, date, key }));
  const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const { hostname, port } = new URL(emulator.endpoint);
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: { "x-ms-date": date, ...authorization && { authorization }, ...headers },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const received = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          substatus: Number(response.headers["x-ms-substatus"] ?? 0),
          headers: response.headers,
          text: received,
          json: received === "" ? undefined : tryParse(received),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The signature as the service documents it; written anew here so that the emulator's own code is not its judge. */
function signatureOf(
  { method, path, date, key }: {
    readonly method: string;
    readonly path: string;
    readonly date: string;
    readonly key: string;
  },
): string {
  const segments = path.split("?")[0]!.split("/").filter((segment) => segment !== "").map(decodeURIComponent);
  const isFeed = segments.length % 2 === 1;
  const type = (isFeed ? segments.at(-1) : segments.at(-2)) ?? "";
  const link = (isFeed ? segments.slice(0, -1) : segments).join("/");
  const text = `${method.toLowerCase()}\n${type}\n${link}\n${date.toLowerCase()}\n\n`;
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  return encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
}
