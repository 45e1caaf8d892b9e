import { Buffer } from "node:buffer";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Delivery, IncomingRequest } from "./exchange.ts";
import type { Gateway } from "./gateway.ts";

const MAX_BODY_BYTES = 4 * 1_024 * 1_024;
const KEEP_ALIVE_MS = 120_000;
const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where to listen, and whether with TLS. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 for a free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
}

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Cuts all connections and stops. */
  close(): Promise<void>;
}

/** Serves a gateway over HTTP/1.1. Requests that cannot be read are answered with 400 or dropped; nothing they do reaches the process. */
export async function listen(gateway: Gateway, options: ListenOptions): Promise<Listener> {
  const serve = (request: http.IncomingMessage, response: http.ServerResponse) => {
    handle(gateway, request, response).catch(() => response.socket?.destroy());
  };
  const server = options.tls ? https.createServer({ ...options.tls }, serve) : http.createServer(serve);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("clientError", (_error: Error, socket) => {
    if (socket.writable) {
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    } else socket.destroy();
  });
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections?.();
      }),
  };
}

async function handle(
  gateway: Gateway,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  const received = await receive(request);
  if (received === "aborted") return;
  const unreadable = typeof received === "string" ? received : undefined;
  const incoming: IncomingRequest = {
    method: request.method ?? "GET",
    target: request.url ?? "/",
    headers: request.headers as IncomingRequest["headers"],
    text: typeof received === "string" ? undefined : received.body,
    unreadable,
  };
  const delivery = await gateway.deliver(incoming);
  await send(delivery, response, { closes: unreadable === "too-large" });
}

/** A client that goes away during its upload surfaces as an error on some runtimes and as a close on others. */
function receive(
  request: http.IncomingMessage,
): Promise<{ readonly body: string } | "too-large" | "not-utf-8" | "aborted"> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("error", () => resolve("aborted"));
    request.on("aborted", () => resolve("aborted"));
    request.on("close", () => resolve("aborted"));
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        chunks.length = 0;
        resolve("too-large");
      } else chunks.push(chunk);
    });
    request.on("end", () => {
      const body = decode(Buffer.concat(chunks));
      resolve(body === undefined ? "not-utf-8" : { body });
    });
  });
}

/** JSON is UTF-8 (RFC 8259, section 8.1); what is no UTF-8 must not become another text. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}

async function send(
  delivery: Delivery,
  response: http.ServerResponse,
  options: { readonly closes: boolean },
): Promise<void> {
  if (delivery.kind === "hang") return;
  if (delivery.kind === "drop") {
    response.socket?.destroy();
    return;
  }
  const { status, headers, text } = delivery.answer;
  const length = Buffer.byteLength(text);
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, {
    ...headers,
    ...hasBody && { "content-length": String(length) },
    ...options.closes && { connection: "close" },
  });
  if (delivery.kind === "truncated") {
    response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.socket?.destroy());
    return;
  }
  response.end(hasBody ? text : undefined);
  await delivery.whenSent();
}
