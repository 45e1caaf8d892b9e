import type { PipelineRequest } from "@azure/core-rest-pipeline";
import { CosmigError } from "../base/errors.ts";
import type { WriteGate } from "./port.ts";

/**
 * Stands before every request outside the ledger that may change something: asks the gate each time, and counts the requests whose outcome is not
 * known.
 */
export class WriteGuard {
  #gate: WriteGate | undefined;
  #unanswered = 0;

  setGate(gate: WriteGate | undefined): void {
    this.#gate = gate;
  }

  /** Requests on their way included. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** @throws what the gate throws; {@linkcode CosmigError} (`internal`) without a gate */
  check(request: PipelineRequest): void {
    if (!mayChange(request)) return;
    if (this.#gate === undefined) {
      throw new CosmigError("internal", "Cannot write outside the ledger as no lease opened the gate for it");
    }
    this.#gate();
  }

  noteSent(request: PipelineRequest): void {
    if (mayChange(request)) this.#unanswered++;
  }

  /** `status` is `undefined` when the request certainly never reached the service. */
  noteSettled(request: PipelineRequest, status: number | undefined): void {
    if (mayChange(request) && (status === undefined || isFinal(status))) this.#unanswered--;
  }
}

/** Whether an answer settles a write: after these the service may still be working on it. */
function isFinal(status: number): boolean {
  return status !== 408 && status < 500;
}

function mayChange(request: PipelineRequest): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const isQuery = request.headers.get("x-ms-documentdb-isquery")?.toLowerCase() === "true" ||
    request.headers.get("x-ms-cosmos-is-query-plan-request")?.toLowerCase() === "true";
  return !isQuery;
}
