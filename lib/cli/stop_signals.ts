import { InterruptedError } from "../base/errors.ts";
import type { Io, StopSignal } from "./io.ts";

/** What happens on a signal. */
export interface StopHandlers {
  /** On the first: what is under way is to end in an orderly way. */
  first(reason: InterruptedError): void;
  /** On the second: the process ends now. */
  second(reason: InterruptedError): void;
}

/** Listens for SIGINT and SIGTERM; the returned function ends that. */
export function onStopSignals(io: Io, handlers: StopHandlers): () => void {
  let received = 0;
  return io.onStopSignal((signal: StopSignal) => {
    received++;
    const reason = new InterruptedError(signal);
    if (received === 1) handlers.first(reason);
    else handlers.second(reason);
  });
}
