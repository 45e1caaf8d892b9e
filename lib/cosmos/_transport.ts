import {
  createDefaultHttpClient,
  createHttpHeaders,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import { CosmigError } from "../base/errors.ts";
import { currentExchange, type Exchange } from "./_exchange.ts";
import { isUndelivered, networkCauseOf } from "./_network_cause.ts";
import type { RequestMeter } from "./_request_meter.ts";
import type { Routes } from "./_routes.ts";
import type { WriteGuard } from "./_write_guard.ts";

/** What a transport works with. */
export interface TransportOptions {
  readonly routes: Routes;
  readonly meter: RequestMeter;
  /** Absent for the ledger, which has its own fence. */
  readonly guard?: WriteGuard | undefined;
  /** Removes what the account's consistency cannot give; a request for it would be an error. */
  readonly supportsSession: () => boolean;
  /** Answers the SDK's own reads of the account. */
  readonly account?: (() => string) | undefined;
}

const SESSION_HEADERS = ["x-ms-consistency-level", "x-ms-session-token"];

/**
 * The HTTP client below the SDK: every request of every client passes here after it was signed, and each attempt of it anew. So this is where
 * connections are chosen, the guards are asked, request units are counted and the fate of a request is noted.
 */
export class Transport implements HttpClient {
  readonly #options: TransportOptions;
  readonly #client = createDefaultHttpClient();
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    const { account, routes, supportsSession } = this.#options;
    if (account !== undefined && isAccountRead(request)) {
      return { request, status: 200, headers: createHttpHeaders(), bodyAsText: account() };
    }
    if (!supportsSession()) SESSION_HEADERS.forEach((name) => request.headers.delete(name));
    await routes.apply(request);
    return await this.#send(request, currentExchange());
  }

  close(): void {
    this.#closed = true;
  }

  async #send(request: PipelineRequest, exchange: Exchange | undefined): Promise<PipelineResponse> {
    const { guard, meter } = this.#options;
    const check = () => {
      if (this.#closed) throw new CosmigError("internal", "Cannot send as the connection is closed");
      guard?.check(request);
    };
    if (exchange === undefined) check();
    else exchange.admit(check);
    // Whoever gave up was told that nothing was sent, and the SDK may only now have finished signing.
    if (request.abortSignal?.aborted) throw new DOMException("Aborted before it was sent", "AbortError");
    const answered = this.#client.sendRequest(request);
    guard?.noteSent(request);
    meter.noteSent();
    if (exchange !== undefined) exchange.sent = true;
    try {
      const response = await answered;
      this.#noteAnswer(response, exchange);
      // The SDK needs the headers of a success only; its body is read once, from the exchange.
      return exchange !== undefined && response.status < 400 ? { ...response, bodyAsText: "{}" } : response;
    } catch (error) {
      if (isUndelivered(networkCauseOf(error))) guard?.noteSettled(request, undefined);
      if (exchange === undefined) throw error;
      exchange.failure = error;
      // Without a code, so that no retry policy of the SDK takes it for something to repeat.
      throw new Error("No answer");
    }
  }

  #noteAnswer(response: PipelineResponse, exchange: Exchange | undefined): void {
    const { guard, meter } = this.#options;
    const headers = response.headers.toJSON();
    const charge = Number(headers["x-ms-request-charge"]);
    guard?.noteSettled(response.request, response.status);
    meter.noteAnswered({ status: response.status, charge: Number.isFinite(charge) ? charge : 0 });
    if (exchange !== undefined) {
      exchange.answer = { status: response.status, headers, text: response.bodyAsText ?? "" };
    }
  }
}

function isAccountRead(request: PipelineRequest): boolean {
  return request.method === "GET" && new URL(request.url).pathname === "/";
}
