import process from "node:process";
import { CosmigError } from "../base/errors.ts";

/** A processor that an executable can be built for. The system is always Linux with glibc. */
export type Target = "x86_64" | "aarch64";

/** What the parts of a build call a processor. */
export interface TargetNames {
  /** Of the npm package with the Node executable. */
  readonly npm: "x64" | "arm64";
  /** For `deno compile`. */
  readonly deno: string;
  /** Folder of the shared libraries on Debian. */
  readonly triplet: string;
  /** `e_machine` of an ELF file. */
  readonly elfMachine: number;
}

/** The names of each target. */
export const TARGETS: Readonly<Record<Target, TargetNames>> = {
  x86_64: {
    npm: "x64",
    deno: "x86_64-unknown-linux-gnu",
    triplet: "x86_64-linux-gnu",
    elfMachine: 62,
  },
  aarch64: {
    npm: "arm64",
    deno: "aarch64-unknown-linux-gnu",
    triplet: "aarch64-linux-gnu",
    elfMachine: 183,
  },
};

/**
 * What this machine is.
 *
 * @throws {CosmigError} with code `usage` when it is none of the targets: an executable is packed by the Linux runtime that goes into it
 */
export function hostTarget(): Target {
  const found = (["x86_64", "aarch64"] as const).find((target) => TARGETS[target].npm === process.arch);
  if (process.platform === "linux" && found !== undefined) return found;
  throw new CosmigError(
    "usage",
    `Cannot compile here as the machine has to run Linux on x86_64 or aarch64: current value is "${process.platform} ${process.arch}"`,
    { hint: "Build the image instead: docker build -f Containerfile ." },
  );
}
