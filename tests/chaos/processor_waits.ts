/** How long processes stood in line for a processor, by the word of the kernel; Linux only. */
import { readFile } from "node:fs/promises";
import { sleep, systemClock } from "../../lib/base/clock.ts";

/** What the kernel said at a moment. */
interface Sample {
  readonly atMs: number;
  /** Since the start of the process, milliseconds. */
  readonly waitedMs: number;
}

const EVERY_MS = 100;

/** Looks at processes while they run. */
export class ProcessorWaits implements AsyncDisposable {
  readonly #samples = new Map<number, Sample[]>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor() {
    this.#watching = this.#watch();
  }

  watch(pid: number): void {
    this.#samples.set(pid, []);
  }

  /** How long the main thread of a process waited between two moments, as far as the samples tell; `undefined` where there are none. */
  between(pid: number, fromMs: number, toMs: number): number | undefined {
    const samples = this.#samples.get(pid) ?? [];
    const first = samples.findLast(({ atMs }) => atMs <= fromMs) ?? samples[0];
    const last = samples.findLast(({ atMs }) => atMs <= toMs);
    return first === undefined || last === undefined ? undefined : last.waitedMs - first.waitedMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await Promise.all([...this.#samples].map(([pid, samples]) => look(pid, samples)));
      await sleep(systemClock, { ms: EVERY_MS });
    }
  }
}

/** The second number of `schedstat` is the time on the run queue, in nanoseconds. A process that is gone has none. */
async function look(pid: number, samples: Sample[]): Promise<void> {
  const text = await readFile(`/proc/${pid}/schedstat`, "utf8").catch(() => undefined);
  const waited = Number(text?.split(" ")[1]);
  if (Number.isFinite(waited)) samples.push({ atMs: systemClock.monotonicMs(), waitedMs: waited / 1e6 });
}
