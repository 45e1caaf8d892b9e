import type { Headers } from "./route.ts";

/** A request as it comes from the socket. */
export interface IncomingRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  /** `undefined` when it could not be read. */
  readonly text: string | undefined;
  /** Why there is no text. */
  readonly unreadable?: "too-large" | "not-utf-8" | undefined;
}

/** What is to be done with the socket. */
export type Delivery =
  | { readonly kind: "answer"; readonly answer: SentAnswer; readonly whenSent: () => Promise<void> }
  | { readonly kind: "truncated"; readonly answer: SentAnswer }
  | { readonly kind: "drop" }
  | { readonly kind: "hang" };

/** An answer with all its headers. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}
