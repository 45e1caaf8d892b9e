import type { Fault } from "./fault.ts";
import type { ObservedAnswer, ObservedRequest } from "./observed_request.ts";

/** Functions that are called with every request. They may wait, and what they return happens instead of what a fault rule says. */
export interface EmulatorHooks {
  /** The request has arrived and has had no effect. */
  readonly before?: (request: ObservedRequest) => Promise<Fault | void> | Fault | void;
  /** The request has taken effect, or was refused; its answer is not sent yet. Here only drop and truncate can be returned. */
  readonly afterCommit?: (
    request: ObservedRequest,
    answer: ObservedAnswer,
  ) => Promise<Fault | void> | Fault | void;
  /** The answer has been handed to the socket. */
  readonly afterAnswer?: (request: ObservedRequest, answer: ObservedAnswer) => Promise<void> | void;
}

/** All hooks that are registered. The first fault that one of them returns counts. */
export class HookSet {
  readonly #hooks = new Set<EmulatorHooks>();

  /** @returns removes the hooks again */
  add(hooks: EmulatorHooks): () => void {
    this.#hooks.add(hooks);
    return () => this.#hooks.delete(hooks);
  }

  async before(request: ObservedRequest): Promise<Fault | undefined> {
    let fault: Fault | void = undefined;
    for (const { before } of [...this.#hooks]) fault = await before?.(request) ?? fault;
    return fault ?? undefined;
  }

  async afterCommit(request: ObservedRequest, answer: ObservedAnswer): Promise<Fault | undefined> {
    let fault: Fault | void = undefined;
    for (const { afterCommit } of [...this.#hooks]) fault = await afterCommit?.(request, answer) ?? fault;
    return fault ?? undefined;
  }

  async afterAnswer(request: ObservedRequest, answer: ObservedAnswer): Promise<void> {
    for (const { afterAnswer } of [...this.#hooks]) await afterAnswer?.(request, answer);
  }
}
