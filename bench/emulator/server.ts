import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { v8Flags } from "../../lib/authoring/deno_executable.ts";
import { HEAP_FLAGS } from "../../lib/authoring/heap_flags.ts";

/** What the server says about itself. */
export interface Greeting {
  readonly endpoint: string;
  readonly key: string;
  /** How long it took to store the documents. */
  readonly loadedMs: number;
  readonly ranges: readonly { readonly id: string }[];
}

/** Megabytes of 10^6 bytes. */
export interface Memory {
  readonly rss: number;
  readonly peak: number;
}

/** The embedded database in a process of its own. */
export class EmulatorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor({ documents, bytes }: { readonly documents: number; readonly bytes: number }) {
    const script = new URL("./_server.ts", import.meta.url).pathname;
    this.#child = spawn(process.execPath, [
      "run",
      "-A",
      "--no-check",
      // As the executable has them.
      v8Flags(HEAP_FLAGS),
      script,
      String(documents),
      String(bytes),
    ], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout! });
  }

  /** Waits until the documents are there. */
  greeting(): Promise<Greeting> {
    return this.#line();
  }

  memory(): Promise<Memory> {
    this.#child.stdin?.write("\n");
    return this.#line();
  }

  #line<Value>(): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#lines.once("line", (line) => resolve(JSON.parse(line)));
      this.#child.once("exit", () => reject(new Error("The database process ended")));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
