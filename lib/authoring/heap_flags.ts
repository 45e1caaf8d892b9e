/**
 * Flags of V8 that executables start with. By themselves its young generation grows to 64 MB and its old one to several times of what is alive before it is
 * collected, because a collection costs time; a migrator waits for the service most of its time, and its container has a memory limit. Here the live heap of
 * a pass is 15 MB, and with these its peak is a third lower, for a sixth more processor time; `deno task bench passes --only memory` measures it.
 */
export const HEAP_FLAGS: readonly string[] = ["--max-semi-space-size=8", "--heap-growing-percent=30"];
