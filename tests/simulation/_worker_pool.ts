import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Job, JobResult } from "./_job.ts";

interface Reply {
  readonly result?: JobResult;
  readonly error?: string;
}

/** Threads that run jobs, as many as the machine has cores. */
export class WorkerPool implements AsyncDisposable {
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(size: number = availableParallelism()) {
    const file = new URL("./_worker.ts", import.meta.url);
    this.#workers = Array.from({ length: size }, () => new Worker(file));
    this.#idle = [...this.#workers];
  }

  /** Runs a job as soon as a thread is free. @throws what the job failed with */
  async run(job: Job): Promise<JobResult> {
    const worker = this.#idle.pop() ??
      await new Promise<Worker>((resolve) => this.#waiting.push(resolve));
    try {
      const { result, error } = await ask(worker, job);
      if (result === undefined) throw new Error(error);
      return result;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, job: Job): Promise<Reply> {
  return new Promise((resolve, reject) => {
    worker.once("message", (reply: Reply) => {
      worker.off("error", reject);
      resolve(reply);
    });
    worker.once("error", reject);
    worker.postMessage(job);
  });
}
