import { feedCharge } from "../charges.ts";
import { admit, type GatewayContext } from "../context.ts";
import { badRequest, GatewayError } from "../gateway_error.ts";
import { type Answer, type GatewayRequest, pageSize } from "../message.ts";
import { scanTarget } from "../scan.ts";
import { sessionToken } from "../session.ts";
import type { DocumentEntry } from "../store/document_entry.ts";

/**
 * A page of the latest-version change feed of one physical partition: each document that changed, once, in the order of the writes. The ETag of
 * the answer is the position to go on from, also of the answer "nothing new".
 */
export function readChangeFeed(request: GatewayRequest, context: GatewayContext): Answer {
  if (!/^incremental feed$/i.test(request.headers["a-im"] ?? "")) {
    throw badRequest("Only the latest-version change feed (A-IM: Incremental Feed) is supported");
  }
  const target = scanTarget(request, context);
  const { container } = target;
  const [range] = target.ranges;
  if (range === undefined || target.ranges.length > 1) {
    throw new GatewayError(400, "A change feed needs exactly one partition key range", { substatus: 1004 });
  }
  admit(request, context, { container, range });

  const start = startOf(request, container.documents.lsn);
  const limit = pageSize(request.headers);
  const found: DocumentEntry[] = [];
  for (const entry of range.changes.after(start.lsn)) {
    if (found.length >= limit) break;
    const isWanted = entry.writtenMs >= start.sinceMs && target.accepts(entry);
    if (isWanted && container.documents.isAlive(entry)) found.push(entry);
  }
  const position = found.length >= limit ? found.at(-1)!.lsn : container.documents.lsn;
  const texts = found.map((entry) => `${container.textOf(entry).slice(0, -1)},"_lsn":${entry.lsn}}`);
  return {
    status: found.length > 0 ? 200 : 304,
    charge: feedCharge(found.reduce((bytes, { length }) => bytes + length, 0)),
    range,
    text: found.length > 0
      ? `{"_rid":${JSON.stringify(container.rid)},"Documents":[${texts.join(",")}],"_count":${texts.length}}`
      : "",
    headers: {
      etag: `"${position}"`,
      "x-ms-item-count": String(found.length),
      "x-ms-session-token": sessionToken(range, container.documents.lsn),
    },
  };
}

/** A position wins over a time, which only serves to begin. */
function startOf(
  { headers }: GatewayRequest,
  lsn: number,
): { readonly lsn: number; readonly sinceMs: number } {
  const position = headers["if-none-match"];
  if (position === "*") return { lsn, sinceMs: -Infinity };
  if (position !== undefined && position !== "") {
    const match = /^"?(\d{1,15})"?$/.exec(position);
    if (match === null) throw badRequest("The position in the change feed is invalid");
    return { lsn: Number(match[1]), sinceMs: -Infinity };
  }
  const since = headers["if-modified-since"];
  if (since === undefined) return { lsn: 0, sinceMs: -Infinity };
  const sinceMs = Date.parse(since);
  if (Number.isNaN(sinceMs)) throw badRequest("The start time of the change feed is invalid");
  return { lsn: 0, sinceMs };
}
