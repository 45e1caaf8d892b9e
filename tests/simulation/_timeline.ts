/** Something that happens at a time, unless it is cancelled before. */
export interface PlannedEvent {
  cancelled: boolean;
}

interface QueuedEvent extends PlannedEvent {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * True time, which nobody in a simulation can read. Events happen one after the other; between two of them all asynchronous work runs until it
 * waits for an event.
 */
export class Timeline {
  #nowMs = 0;
  #order = 0;
  readonly #heap: QueuedEvent[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): PlannedEvent {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fire, cancelled: false };
    this.#push(event);
    return event;
  }

  /** Goes on until nothing more is to happen, `isOver` says so, or `limitMs` is reached. */
  async run(options: { readonly limitMs: number; readonly isOver: () => boolean }): Promise<void> {
    await drain();
    while (!options.isOver()) {
      const event = this.#pop();
      if (event === undefined || event.atMs > options.limitMs) return;
      if (event.cancelled) continue;
      this.#nowMs = event.atMs;
      event.fire();
      await drain();
    }
  }

  #push(event: QueuedEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(event, heap[above]!)) break;
      heap[index] = heap[above]!;
      index = above;
    }
    heap[index] = event;
  }

  #pop(): QueuedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!isBefore(heap[below]!, last)) break;
      heap[index] = heap[below]!;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(left: QueuedEvent, right: QueuedEvent): boolean {
  return left.atMs < right.atMs || left.atMs === right.atMs && left.order < right.order;
}

function drain(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
