/** Where the suite sends its requests. */
export interface Endpoint extends AsyncDisposable {
  /** For the heading of the table, and for the table of known deviations. */
  readonly name: string;
  readonly endpoint: string;
  /** Master key, base 64. */
  readonly key: string;
  /** Bearer tokens of principals with these roles, where there are some. */
  readonly tokens?: Readonly<Record<"reader" | "contributor" | "none", string>> | undefined;
  /** An endpoint of the same implementation whose reads lag behind, where there is one. */
  readonly stale?: Pick<Endpoint, "name" | "endpoint" | "key"> | undefined;
}
