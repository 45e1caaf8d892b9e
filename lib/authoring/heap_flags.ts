/**
 * Flags of V8 that executables start with. By itself V8 begins with a young generation of 1 MB, which a start fills a few times, and lets it grow to 32 MB and
 * more, and the old one to two or three times of what is alive, since a collection takes time; but a migrator mostly waits for the service, and its container
 * has a memory limit. With these the peak of a pass is two thirds of that, for two fifths more processor time. `deno task bench passes --only memory` and
 * `deno task bench start` measure it.
 */
export const HEAP_FLAGS: readonly string[] = [
  "--min-semi-space-size=8",
  "--max-semi-space-size=8",
  "--heap-growing-percent=30",
];
