/**
 * The embedded database at its size: memory with many documents, point reads over 16 connections that stay open, and pages of a query that is pinned to a
 * range. The database is a process of its own, and this one is the client.
 *
 *     deno task bench emulator [--documents 1000000] [--bytes 1024] [--seconds 10]
 *
 * Prints figures, targets and whether they are met; exits with 4 when one is not.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { RawConnection, writeRequest } from "./emulator/raw_client.ts";
import { EmulatorProcess, type Greeting } from "./emulator/server.ts";
import { type Figure, report, within } from "./figures.ts";

const CONNECTIONS = 16;
const DOCS = "/dbs/cosmig/colls/Items/docs";
/** Requests that are signed beforehand, so that the client does not compete for the processor. */
const PREPARED = 4_000;
const CONDITIONS = 300;

/** Measures and prints. */
export async function measureEmulator(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      documents: { type: "string", default: "1000000" },
      bytes: { type: "string", default: "1024" },
      seconds: { type: "string", default: "10" },
    },
  });
  const [documents, bytes, seconds] = [values.documents, values.bytes, values.seconds].map(Number) as [
    number,
    number,
    number,
  ];
  await using server = new EmulatorProcess({ documents, bytes });
  const greeting = await server.greeting();
  const { rss } = await server.memory();
  const scale = { documents, seconds };
  const reads = await measureReads(greeting, scale);
  const short = await measurePages(greeting, { ...scale, where: "c.kind = @kind" });
  // As long as a query can get: read once it costs more than a page of it, so a page that read it again would show.
  const long = await measurePages(greeting, {
    ...scale,
    where: `c.kind = @kind AND (${"c.kind = 1 OR ".repeat(CONDITIONS)}true)`,
  });
  const { peak } = await server.memory();
  const figures: readonly Figure[] = [
    within(`memory with ${documents} documents of ${bytes} bytes`, rss, {
      most: 1_600,
      unit: " MB",
      digits: 0,
    }),
    within("memory, the highest", peak, { most: 1_600, unit: " MB", digits: 0 }),
    within(`point reads over ${CONNECTIONS} connections`, reads, { least: 3_000, unit: " /s", digits: 0 }),
    within("pages of one row, pinned, with an equality filter", short, { unit: " /s", digits: 0 }),
    within(`the same with ${CONDITIONS} more conditions`, long, { unit: " /s", digits: 0 }),
    within("documents stored while loading", documents / greeting.loadedMs * 1_000, {
      unit: " /s",
      digits: 0,
    }),
  ];
  report(figures);
}

async function measureReads(
  { endpoint, key }: Greeting,
  { documents, seconds }: { readonly documents: number; readonly seconds: number },
): Promise<number> {
  const requests = Array.from({ length: PREPARED }, (_, at) => {
    const n = Math.floor(at * documents / PREPARED);
    const headers = { "x-ms-documentdb-partitionkey": `["key-${n % 10_000}"]` };
    return writeRequest({ method: "GET", path: `${DOCS}/${n}`, headers }, key);
  });
  let at = 0;
  return await perSecond({
    endpoint,
    seconds,
    step: async (connection) => {
      const answer = await connection.send(requests[at++ % PREPARED]!);
      if (!answer.startsWith("HTTP/1.1 200")) throw new Error(`A read was refused: ${answer.slice(0, 200)}`);
    },
  });
}

/** Each connection reads its own result to the end, page by page, and begins anew. */
async function measurePages(
  { endpoint, key, ranges }: Greeting,
  { seconds, where }: { readonly seconds: number; readonly where: string },
): Promise<number> {
  const continuations = new Map<RawConnection, string>();
  return await perSecond({
    endpoint,
    seconds: seconds / 2,
    step: async (connection) => {
      const continuation = continuations.get(connection);
      const request = writeRequest({
        method: "POST",
        path: DOCS,
        headers: {
          "content-type": "application/query+json",
          "x-ms-documentdb-isquery": "True",
          "x-ms-documentdb-partitionkeyrangeid": ranges[0]!.id,
          "x-ms-max-item-count": "1",
          ...continuation !== undefined && { "x-ms-continuation": continuation },
        },
        body: JSON.stringify({
          query: `SELECT c.id FROM c WHERE ${where}`,
          parameters: [{ name: "@kind", value: 7 }],
        }),
      }, key);
      const answer = await connection.send(request);
      if (!answer.startsWith("HTTP/1.1 200")) throw new Error(`A query was refused: ${answer.slice(0, 200)}`);
      const next = /\r\nx-ms-continuation: (.*)\r\n/i.exec(answer)?.[1];
      if (next === undefined) continuations.delete(connection);
      else continuations.set(connection, next);
    },
  });
}

async function perSecond(
  { endpoint, seconds, step }: {
    readonly endpoint: string;
    readonly seconds: number;
    readonly step: (connection: RawConnection) => Promise<void>;
  },
): Promise<number> {
  const connections = Array.from({ length: CONNECTIONS }, () => new RawConnection(endpoint));
  await Promise.all(connections.map(step));
  const startedMs = performance.now();
  let count = 0;
  await Promise.all(connections.map(async (connection) => {
    while (performance.now() - startedMs < seconds * 1_000) {
      await step(connection);
      count++;
    }
    connection.close();
  }));
  return count * 1_000 / (performance.now() - startedMs);
}
