import { AsyncLocalStorage } from "node:async_hooks";

/** An answer as it came from the wire. */
export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * What really happened to one request on the wire. The SDK turns answers into errors, and errors into other errors; what a caller may conclude
 * depends on whether the request was sent and whether it was answered, so that is noted where it happens.
 */
export class Exchange {
  /** Whether the request was handed to the socket. */
  sent = false;
  answer: WireAnswer | undefined;
  /** Why no answer came. */
  failure: unknown;
  /** What the guard threw that refused to send. */
  refusal: { readonly error: unknown } | undefined;
  readonly #beforeSend: (() => void) | undefined;

  constructor(beforeSend: (() => void) | undefined) {
    this.#beforeSend = beforeSend;
  }

  /** Asks for the permission to send. */
  admit(guard: () => void): void {
    try {
      guard();
      this.#beforeSend?.();
    } catch (error) {
      this.refusal = { error };
      throw error;
    }
  }
}

const storage = new AsyncLocalStorage<Exchange>();

/** Runs `action` so that the transport notes its request in `exchange`; the SDK has no way to hand it through. */
export function runInExchange<Value>(
  exchange: Exchange,
  action: () => Promise<Value>,
): Promise<Value> {
  return storage.run(exchange, action);
}

/** The exchange that the running code belongs to; `undefined` for requests of the SDK client that migrations get. */
export function currentExchange(): Exchange | undefined {
  return storage.getStore();
}
