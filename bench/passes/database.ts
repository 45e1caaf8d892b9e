import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";

export const DATABASE = "bench";
export const CONTAINER = "Items";

/** What the database begins with. */
export interface DatabaseOptions {
  readonly documents: number;
  readonly documentsPerKey: number;
  readonly partitions: number;
  readonly latencyMs: number;
  /** Refuses what goes beyond it; no limit when `undefined`. */
  readonly throughput?: number | undefined;
}

/** When a request to the documents took effect, on the database's clock in milliseconds, and its request units. */
export type Spent = readonly [atMs: number, requestUnits: number];

/** What the database has seen. */
export interface Seen {
  readonly connectionString: string;
  readonly endpoint: string;
  readonly key: string;
  /** All requests, those to the history included. */
  readonly requests: number;
  readonly requestUnits: number;
  /** Requests to the documents that were refused with 429. */
  readonly throttled: number;
  /** When the physical partitions were asked for, which is how a pass begins; on the clock of `spent`. */
  readonly passStartedMs: number;
  /** By the requests to the documents, in their order. */
  readonly spent: readonly Spent[];
  /** Documents that lack what the migration adds; only in the answer of {@linkcode BenchDatabase.countLeft}. */
  readonly left?: number;
}

/** The embedded database in a process of its own. */
export class BenchDatabase implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  readonly #ended: Promise<void>;

  constructor(options: DatabaseOptions) {
    const script = new URL("./_database.ts", import.meta.url).pathname;
    this.#child = spawn(
      process.execPath,
      ["run", "-A", "--no-check", "--v8-flags=--max-old-space-size=8192", script, JSON.stringify(options)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#ended = new Promise((resolve) => this.#child.on("close", () => resolve()));
    this.#ended.then(() => {
      for (const { reject } of this.#waiting) reject(new Error("The database process ended"));
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new TypeError("Cannot talk to the database process as it has no output");
    createInterface({ input: stdout }).on("line", (line) => this.#waiting.shift()?.resolve(line));
  }

  /** What was asked so far; the first answer comes when the documents are there. */
  see(): Promise<Seen> {
    return this.#ask("see");
  }

  /** Documents that are not migrated. */
  async countLeft(): Promise<number> {
    return (await this.#ask("left")).left ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  async #ask(question: string): Promise<Seen> {
    const answer = Promise.withResolvers<string>();
    this.#waiting.push(answer);
    this.#child.stdin?.write(`${question}\n`);
    return JSON.parse(await answer.promise);
  }
}
