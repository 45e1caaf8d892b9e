import type { Target } from "./compile_target.ts";

/** What an executable may touch beside the network and its environment. */
export interface Permissions {
  /** Files and folders that it may read: settings, secrets and certificates. `*` for all. */
  readonly read: readonly string[];
  /** Files that it may write: the termination message. */
  readonly write: readonly string[];
}

/** What it takes to pack an executable around a bundle. */
export interface ExecutableOptions {
  readonly target: Target;
  /** Where the executable goes. */
  readonly output: string;
  readonly permissions: Permissions;
}

/** What an executable runs on, for people and for the bill of materials. */
export interface Runtime {
  readonly kind: "deno" | "node";
  readonly version: string;
  /** Absolute path of the package that it came from, when that was an npm package. */
  readonly package: string | undefined;
}
