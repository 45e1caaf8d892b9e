import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import net from "node:net";

/** A request as bytes, ready to be sent any number of times. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Writes a signed request for documents of a container, whose path has an even number of segments, or for their feed. */
export function writeRequest({ method, path, headers, body = "" }: RawRequest, key: string): Buffer {
  const date = new Date().toUTCString();
  const segments = path.slice(1).split("/");
  const link = (segments.length % 2 === 1 ? segments.slice(0, -1) : segments).join("/");
  const text = `${method.toLowerCase()}\ndocs\n${link}\n${date.toLowerCase()}\n\n`;
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  const lines = Object.entries({
    host: "localhost",
    "x-ms-date": date,
    authorization: encodeURIComponent(`type=master&ver=1.0&sig=${signature}`),
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

/** One connection that stays open. One request at a time. */
export class RawConnection {
  readonly #socket: net.Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: PromiseWithResolvers<string> | undefined;

  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint);
    this.#socket = net.connect(Number(port), hostname);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", (error) => this.#waiting?.reject(error));
    this.#socket.on("close", () => this.#waiting?.reject(new Error("The connection was closed")));
  }

  /** Sends a request and gives the whole answer. */
  send(request: Buffer): Promise<string> {
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end === -1) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.toString("latin1", 0, end + 2))?.[1] ??
      "0";
    if (this.#received.length < end + 4 + Number(length)) return;
    const answer = this.#received.toString("utf8");
    this.#received = Buffer.alloc(0);
    this.#waiting?.resolve(answer);
  }
}
