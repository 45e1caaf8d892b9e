import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { JsonObject } from "../../lib/base/json.ts";
import type { EmulatorOptions, FaultRule, Seed } from "../../lib/emulator/mod.ts";

/** A write of a migration's record that took effect. */
export interface LedgerWrite {
  readonly atMs: number;
  readonly id: string;
  readonly status: string;
  /** Of the lease that the transaction replaced. */
  readonly term: number;
  readonly nonce: string;
}

/** A request that was handled. */
export interface RequestTrace {
  readonly atMs: number;
  /** Of the program that sent it, from its user agent; 0 for others. */
  readonly pid: number;
  readonly operation: string;
  /** Of the document. */
  readonly id: string | undefined;
  readonly container: string;
  /** Request units. */
  readonly charge: number;
}

/** A process that was hit while it waited for the answer to a write. */
export interface Strike {
  readonly pid: number;
  readonly attack: "SIGKILL" | "SIGSTOP";
}

/** What the database knows. Times are milliseconds since its start. */
export interface DatabaseReport {
  readonly endpoint: string;
  readonly connectionString: string;
  readonly nowMs: number;
  readonly lease: JsonObject | null;
  /** In the order of creation, as all documents. */
  readonly ledger: readonly JsonObject[];
  readonly audit: readonly JsonObject[];
  readonly log: readonly JsonObject[];
  readonly ledgerWrites: readonly LedgerWrite[];
  readonly strikes: readonly Strike[];
  readonly requestCount: number;
  /** Names of the fault rules that no request has met. */
  readonly unfired: readonly string[];
}

/** What it is started with. */
export interface DatabaseOptions extends Pick<EmulatorOptions, "latencyMs" | "partitions"> {
  readonly seed: Seed;
  readonly rules?: readonly FaultRule[];
  /** Hits the senders of about one in `every` writes at the worst moment: it has arrived, or taken effect, and is not answered. */
  readonly strikes?: { readonly seed: number; readonly every: number; readonly stoppedMs: number };
}

/** The embedded database in a process of its own. */
export class DatabaseProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  readonly #ended: Promise<void>;

  constructor(options: DatabaseOptions) {
    const script = new URL("./_database.ts", import.meta.url).pathname;
    this.#child = spawn(
      process.execPath,
      ["run", "--allow-all", "--no-check", script, JSON.stringify(options)],
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

  report(): Promise<DatabaseReport> {
    return this.#ask("report");
  }

  requests(): Promise<readonly RequestTrace[]> {
    return this.#ask("requests");
  }

  lease(): Promise<JsonObject | null> {
    return this.#ask("lease");
  }

  /** Nothing fails from now on. @returns names of the fault rules that no request has met */
  calm(): Promise<readonly string[]> {
    return this.#ask("calm");
  }

  deleteLedger(): Promise<null> {
    return this.#ask("deleteLedger");
  }

  /** Writes a document of the ledger as somebody does who should not. */
  put(document: JsonObject): Promise<null> {
    return this.#ask(`put ${JSON.stringify(document)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }

  async #ask<Answer>(command: string): Promise<Answer> {
    const answer = Promise.withResolvers<string>();
    this.#waiting.push(answer);
    this.#child.stdin?.write(`${command}\n`);
    return JSON.parse(await answer.promise);
  }
}
