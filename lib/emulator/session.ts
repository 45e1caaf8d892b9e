import { GatewayError } from "./gateway_error.ts";
import type { PhysicalRange } from "./store/physical_range.ts";

/** The session token of a range whose container has seen `lsn` writes. */
export function sessionToken(range: PhysicalRange, lsn: number): string {
  return `${range.id}:-1#${lsn}`;
}

/**
 * What a session has seen of a range: the highest write in its tokens for the range and for those that it came from. 0 without a token.
 *
 * @param header tokens of several ranges, separated by commas
 * @throws GatewayError (400) for a malformed token
 */
export function sessionLsn(header: string | undefined, range: PhysicalRange): number {
  if (header === undefined || header === "") return 0;
  let lsn = 0;
  for (const token of header.split(",")) {
    const match = /^\s*(\w+):(?:-?\d+#)?(\d+)(?:#.*)?\s*$/.exec(token);
    if (match === null) throw new GatewayError(400, `The session token is malformed`);
    if (match[1] === range.id || range.parents.includes(match[1]!)) lsn = Math.max(lsn, Number(match[2]));
  }
  return lsn;
}

/** @throws GatewayError (404/1002) when a session has seen more than there is */
export function checkSession(seen: number, lsn: number): void {
  if (seen > lsn) {
    throw new GatewayError(404, "The read session is not available for the input session token", {
      substatus: 1002,
    });
  }
}
