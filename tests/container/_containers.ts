import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import {
  GenericContainer,
  getContainerRuntimeClient,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from "testcontainers";
import { IMAGE } from "./_image.ts";

const SEED = new URL("../../migrations/seed.json", import.meta.url);

/** Name of the embedded database on the network of a test. */
export const DATABASE_HOST = "database";
const PORT = 8081;

/** How the tool is to be run. */
export interface ToolOptions {
  readonly network: StartedNetwork;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of this machine, by their path in the container, read-only. */
  readonly files?: Readonly<Record<string, string>>;
  /** Address of this machine, by the name under which the container sees it. */
  readonly hostName?: string | undefined;
}

/** A container of the tool that has been started. */
export interface ToolContainer {
  /** Waits for its end. */
  readonly ended: Promise<Ended>;
  /** Waits until it has printed a text. */
  printed(text: string): Promise<void>;
  signal(name: string): Promise<void>;
}

/** How a container ended. */
export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/** What Kubernetes calls "restricted", with a small memory. */
class RestrictedContainer extends GenericContainer {
  constructor() {
    super(IMAGE);
    this.hostConfig.ReadonlyRootfs = true;
    this.withDroppedCapabilities("ALL").withSecurityOpt("no-new-privileges")
      .withResourcesQuota({ memory: 0.125 }).withAutoCleanup(false);
    this.hostConfig.MemorySwap = 128 * 1024 * 1024;
  }
}

/** Starts the embedded database as a container of the image, known as {@linkcode DATABASE_HOST}. */
export async function startDatabase(
  network: StartedNetwork,
  { latency = "0ms" }: { readonly latency?: string } = {},
): Promise<StartedTestContainer & AsyncDisposable> {
  return await new GenericContainer(IMAGE)
    .withNetwork(network).withNetworkAliases(DATABASE_HOST)
    .withCopyContentToContainer([{ content: await readFile(SEED, "utf8"), target: "/seed.json" }])
    .withCommand([
      ...["emulator", "--hostname", "0.0.0.0", "--port", String(PORT), "--seed", "/seed.json"],
      ...["--latency", latency],
    ])
    .withWaitStrategy(Wait.forLogMessage("Ctrl+C")).start();
}

/** What connects to the database of {@linkcode startDatabase}. */
export async function connectionStringOf(database: StartedTestContainer): Promise<string> {
  const logs = await textOf(await database.logs(), (text) => text.includes("Ctrl+C"));
  const key = /AccountKey=([^;']+)/.exec(logs)?.[1] ?? "";
  return `AccountEndpoint=http://${DATABASE_HOST}:${PORT}/;AccountKey=${key};`;
}

/** Name of the database in the seed. */
export async function databaseName(): Promise<string> {
  const { database } = JSON.parse(await readFile(SEED, "utf8")) as { readonly database: string };
  return database;
}

/** Starts a command of the tool. */
export async function startTool(args: readonly string[], options: ToolOptions): Promise<ToolContainer> {
  const { network, environment = {}, files = {}, hostName } = options;
  let output = "";
  const container = new RestrictedContainer()
    .withNetwork(network).withCommand([...args]).withEnvironment({ ...environment })
    .withBindMounts(Object.entries(files).map(([target, source]) => ({ source, target, mode: "ro" })))
    .withExtraHosts(hostName === undefined ? [] : [{ host: hostName, ipAddress: "host-gateway" }])
    .withLogConsumer((stream) => {
      stream.on("data", (chunk: Uint8Array | string) => {
        output += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      });
    });
  const started = await container.start();
  const handle = (await getContainerRuntimeClient()).container.getById(started.getId());
  const ended = handle.wait().then(async ({ StatusCode }: { readonly StatusCode: number }) => {
    const complete = withoutFrames(await handle.logs({ stdout: true, stderr: true }));
    await handle.remove({ force: true });
    return { exitCode: StatusCode, output: complete };
  });
  return {
    ended,
    printed: async (text) => {
      let hasEnded = false;
      void ended.then(() => hasEnded = true);
      while (!output.includes(text)) {
        if (hasEnded) throw new Error(`It ended without printing "${text}":\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    signal: async (name) => void await handle.kill({ signal: name }),
  };
}

/** Runs a command of the tool to its end. */
export async function runTool(args: readonly string[], options: ToolOptions): Promise<Ended> {
  return await (await startTool(args, options)).ended;
}

/** The engine sends the two streams in frames: a number for the stream, three zeros, the length in four bytes. */
function withoutFrames(log: Uint8Array): string {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  let text = "";
  for (let at = 0; at + 8 <= log.length; at += 8 + view.getUint32(at + 4)) {
    text += new TextDecoder().decode(log.subarray(at + 8, at + 8 + view.getUint32(at + 4)));
  }
  return text;
}

async function textOf(stream: Readable, isComplete: (text: string) => boolean): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
    if (isComplete(text)) break;
  }
  return text;
}
