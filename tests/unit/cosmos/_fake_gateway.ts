import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { connect, type ConnectOptions, type CosmosConnection } from "../../../lib/cosmos/mod.ts";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the server does: answer, or drop the connection without a word. */
export type FakeReply =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | "drop"
  | "hang"
  | "truncate";

export type FakeHandler = (request: SeenRequest) => FakeReply;

/** A server that speaks as much of the gateway protocol as one test needs. */
export interface FakeGateway extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: SeenRequest[];
  /** Connections that were accepted. */
  readonly connections: () => number;
}

export const FAKE_KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

export const FAKE_ACCOUNT = {
  id: "fake",
  writableLocations: [{
    name: "West Europe",
    databaseAccountEndpoint: "https://fake-westeurope.invalid:443/",
  }],
  readableLocations: [{
    name: "West Europe",
    databaseAccountEndpoint: "https://fake-westeurope.invalid:443/",
  }],
  enableMultipleWriteLocations: false,
  userConsistencyPolicy: { defaultConsistencyLevel: "Session" },
};

/** Waits between attempts take no time, but count; the limit of a request stays what it is. */
export function hurriedClock(): Clock {
  let aheadMs = 0;
  return {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    schedule(callback, delayMs) {
      if (delayMs >= 3_000) return systemClock.schedule(callback, delayMs);
      return systemClock.schedule(() => {
        aheadMs += delayMs;
        callback();
      }, 0);
    },
  };
}

/** A clock whose timers run when the test says so. */
export function manualClock(): Clock & { expire(): void } {
  const timers = new Set<() => void>();
  return {
    ...systemClock,
    schedule(callback) {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    expire() {
      const due = [...timers];
      timers.clear();
      due.forEach((callback) => callback());
    },
  };
}

/** Starts a server; `GET /` is answered by itself (unless `account` is null), everything else by `handler`. */
export async function startFakeGateway(
  handler: FakeHandler,
  account: unknown | null = FAKE_ACCOUNT,
): Promise<FakeGateway> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = http.createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = request.headers as Record<string, string>;
    const path = request.url ?? "";
    const body = new TextDecoder().decode(joined(chunks));
    const entry = { method: request.method ?? "", path, headers, body };
    seen.push(entry);
    const reply = path === "/" && account !== null ? { status: 200, body: account } : handler(entry);
    if (reply === "hang") return;
    if (reply === "drop") return void request.socket.destroy();
    if (reply === "truncate") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"id":');
      return void setTimeout(() => request.socket.destroy(), 0);
    }
    const text = reply.body === undefined
      ? ""
      : typeof reply.body === "string"
      ? reply.body
      : JSON.stringify(reply.body);
    response.writeHead(reply.status, { "x-ms-request-charge": "1", ...reply.headers });
    response.end(text);
  });
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Options that suit a server in this process. */
export function fakeOptions(endpoint: string, changes: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    endpoint,
    credential: { kind: "key", key: FAKE_KEY },
    databaseId: "shop",
    ledgerContainerId: "__migrations",
    scope: "default",
    requestTimeoutMs: 5_000,
    connectTimeoutMs: 10_000,
    readPatienceMs: 2_000,
    endpointDiscovery: "auto",
    clock: hurriedClock(),
    random: () => 0,
    userAgentSuffix: "cosmig-test",
    ...changes,
  };
}

/** A connection that is closed at the end of its block. */
export async function connectToFake(
  fake: FakeGateway,
  changes: Partial<ConnectOptions> = {},
): Promise<CosmosConnection & Disposable> {
  const connection = await connect(fakeOptions(fake.endpoint, changes));
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
