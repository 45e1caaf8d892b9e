/**
 * The top-level property in which the tool notes what it did to a document: `__cosmig.<migration id>.<step>`. Holds stamps (`mark`), the former values of
 * a removal (`recoverable`) and traces.
 */
export const TRACE_PROPERTY = "__cosmig";

/** Added and removed again in one patch, to give a document a new ETag. */
export const TOUCH_PROPERTY = "__cosmigTouch";

const SYSTEM_PROPERTIES = new Set(["_rid", "_self", "_etag", "_ts", "_attachments", "_lsn"]);

/** Whether the service sets a top-level property by itself. */
export function isSystemProperty(name: string): boolean {
  return SYSTEM_PROPERTIES.has(name);
}

/** Whether a top-level property is not for migrations to change. */
export function isReservedProperty(name: string): boolean {
  return isSystemProperty(name) || name === TRACE_PROPERTY || name === TOUCH_PROPERTY;
}
