import { type Clock, systemClock } from "../../lib/base/clock.ts";
import type { Emulator, ObservedRequest } from "../../lib/emulator/mod.ts";

/** The process died, or stands still for so long that it counts as dead. */
export class Crash extends Error {
  /** Delivers the request that was held back, and waits until it is answered. */
  readonly release: () => Promise<void>;

  constructor(release: () => Promise<void> = () => Promise.resolve()) {
    super("The process died");
    this.release = release;
  }
}

/** What happens to a process. */
export interface Disturbance {
  /**
   * `dies`: it ends when a request of it has taken effect, and nothing else of it arrives. `dies-before`: that request does not arrive either. `paused`: it is
   * held back, and arrives when `release` is called.
   */
  readonly kind: "dies" | "dies-before" | "paused";
  /** The request: its number (1 is the first), or what it looks like; the first one that is so counts. */
  readonly at: number | ((request: ObservedRequest) => boolean);
}

/** Longer than any lease. */
const ETERNITY_MS = 3_600_000;

let processes = 0;

/** A user agent by which the requests of one process are told from those of others. */
export function newProcessName(): string {
  return `cosmig-run-${++processes};`;
}

/** One process among others at an embedded database, which may die or stand still at one of its requests. */
export class DoomedProcess {
  /** Requests that arrived since it was made. */
  requests = 0;
  /** Its own time, which is over with its death, so that a dead one does not try to give its lease back. */
  readonly clock: Clock = {
    monotonicMs: () => systemClock.monotonicMs() + (this.isDead ? ETERNITY_MS : 0),
    wallMs: () => systemClock.wallMs(),
    schedule: (callback, delayMs) => systemClock.schedule(callback, this.isDead ? 0 : delayMs),
  };
  /** Called with each of its requests before it takes effect, which waits for it, and after. */
  before: (request: ObservedRequest) => Promise<void> | void = () => {};
  after: (request: ObservedRequest) => void = () => {};
  readonly #death = new AbortController();
  readonly #released = Promise.withResolvers<void>();
  readonly #delivered = Promise.withResolvers<void>();
  readonly #remove: () => void;
  /** Number of the request that it ends at. */
  #fatal: number | undefined;

  constructor(
    emulator: Emulator,
    { name, disturbance }: { readonly name: string; readonly disturbance?: Disturbance | undefined },
  ) {
    const isOurs = ({ headers }: ObservedRequest) => `${headers["user-agent"]};`.includes(name);
    const isFatal = (request: ObservedRequest) =>
      typeof disturbance?.at === "function" ? disturbance.at(request) : this.requests === disturbance?.at;
    this.#remove = emulator.onRequest({
      before: async (request) => {
        if (!isOurs(request)) return;
        if (this.isDead) return { kind: "drop", moment: "before-commit" };
        this.requests++;
        if (this.#fatal === undefined && isFatal(request)) this.#fatal = request.n;
        await this.before(request);
        if (request.n !== this.#fatal || disturbance?.kind === "dies") return;
        this.#die();
        if (disturbance?.kind === "dies-before") return { kind: "drop", moment: "before-commit" };
        await this.#released.promise;
      },
      afterCommit: (request) => {
        if (!isOurs(request)) return;
        this.after(request);
        if (request.n !== this.#fatal) return;
        this.#delivered.resolve();
        if (disturbance?.kind !== "dies" || this.isDead) return;
        this.#die();
        return { kind: "drop", moment: "after-commit" };
      },
    });
  }

  /** Aborted when it is dead. */
  get signal(): AbortSignal {
    return this.#death.signal;
  }

  get isDead(): boolean {
    return this.#death.signal.aborted;
  }

  #die(): void {
    this.#death.abort(new Crash(() => this.release()));
  }

  /** Nothing of it is looked at any more, once what was held back is delivered. */
  end(): void {
    if (this.#fatal === undefined || !this.isDead) this.#remove();
  }

  /** Delivers the request that was held back, and waits until it is answered. */
  async release(): Promise<void> {
    this.#released.resolve();
    if (this.#fatal !== undefined) await this.#delivered.promise;
    this.#remove();
  }
}
