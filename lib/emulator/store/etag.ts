/** The ETag of the n-th write to a resource collection; no two writes of an account share one. */
export function etagOf(owner: number, write: number): string {
  const high = Math.floor(write / 2 ** 32).toString(16).padStart(4, "0");
  const low = (write % 2 ** 32).toString(16).padStart(8, "0");
  return `"${owner.toString(16).padStart(8, "0")}-0000-0000-0000-${high}${low}"`;
}

/** Whether an ETag of a condition, with or without its quotes, is the current one; `*` is any. */
export function etagMatches(condition: string, current: string): boolean {
  return condition === "*" || condition === current || `"${condition}"` === current;
}
