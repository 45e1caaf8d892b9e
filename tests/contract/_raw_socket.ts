import { Buffer } from "node:buffer";
import net from "node:net";

/** What came back over a connection of its own: a status line, an end without one, or silence. */
export type RawReply =
  | { readonly kind: "status"; readonly status: number; readonly text: string }
  | { readonly kind: "closed" }
  | { readonly kind: "silence" };

/** Sends bytes as they are, and waits for an answer, but no longer than `patienceMs`. */
export function sayRaw(
  endpoint: string,
  bytes: string | Uint8Array | readonly (string | Uint8Array)[],
  options: { readonly patienceMs?: number; readonly endsWriting?: boolean } = {},
): Promise<RawReply> {
  const { patienceMs = 3_000, endsWriting = false } = options;
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(Number(port), hostname);
    const timer = setTimeout(() => finish("silence"), patienceMs);
    const finish = (otherwise: "closed" | "silence") => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
      resolve(status === undefined ? { kind: otherwise } : { kind: "status", status: Number(status), text });
    };
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (isWhole(Buffer.concat(chunks).toString("latin1"))) finish("closed");
    });
    socket.on("error", () => finish("closed"));
    socket.on("close", () => finish("closed"));
    for (const part of typeof bytes === "string" || bytes instanceof Uint8Array ? [bytes] : bytes) {
      socket.write(part);
    }
    if (endsWriting) socket.end();
  });
}

/** Whether all of an answer is there. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined || text.length >= end + 4 + Number(length);
}
