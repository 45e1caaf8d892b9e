/**
 * Time and timers. This is the only file that touches either; everything else receives a {@linkcode Clock}.
 *
 * @module
 */
import process from "node:process";

/** The time source of a component. Tests pass a clock of their own and never sleep. */
export interface Clock {
  /** Milliseconds that never go backwards; may stand still while a machine is suspended. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch; may jump. */
  wallMs(): number;
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  schedule(callback: () => void, delayMs: number): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  // Loading `performance` takes Node milliseconds.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Calls `callback` after `delayMs`, if something else keeps the process alive until then; it does not do that itself. */
export function scheduleInBackground(callback: () => void, delayMs: number): void {
  setTimeout(callback, delayMs).unref();
}

/**
 * Waits.
 *
 * @throws the abort reason of `signal` as soon as it is aborted
 */
export function sleep(
  clock: Clock,
  options: { ms: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const { ms, signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Runs `action` with a signal that is aborted after `ms` or together with `signal`. The timer does not outlive the action.
 */
export async function withTimeLimit<Value>(
  clock: Clock,
  options: {
    readonly ms: number;
    readonly signal?: AbortSignal | undefined;
    readonly action: (signal: AbortSignal) => Promise<Value>;
  },
): Promise<Value> {
  const controller = new AbortController();
  const cancel = clock.schedule(
    () => controller.abort(new DOMException("No answer in time", "TimeoutError")),
    options.ms,
  );
  const signal = options.signal === undefined
    ? controller.signal
    : AbortSignal.any([controller.signal, options.signal]);
  try {
    return await options.action(signal);
  } finally {
    cancel();
  }
}
