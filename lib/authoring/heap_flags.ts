/**
 * Flags of V8 that executables start with. By itself V8 lets the young generation grow to 32 MB and more, and the old one to two or three times of what is
 * alive, since a collection takes time; but a migrator mostly waits for the service, and its container has a memory limit. With these the peak of a pass is
 * half of that and does not grow with its length, for two fifths more processor time. `deno task bench passes --only memory` measures it.
 */
export const HEAP_FLAGS: readonly string[] = ["--max-semi-space-size=4", "--heap-growing-percent=30"];
