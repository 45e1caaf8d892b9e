import { feedCharge } from "../charges.ts";
import { admit, type GatewayContext } from "../context.ts";
import { badRequest } from "../gateway_error.ts";
import { type Answer, type GatewayRequest, pageSize } from "../message.ts";
import { scanDocuments, scanTarget } from "../scan.ts";
import { sessionToken } from "../session.ts";

/** `GET …/docs`: documents in the order of their creation. */
export function listDocuments(request: GatewayRequest, context: GatewayContext): Answer {
  const target = scanTarget(request, context);
  const [range] = target.ranges;
  if (range !== undefined) admit(request, context, { container: target.container, range });
  const limit = pageSize(request.headers);
  let after = positionOf(request.headers["x-ms-continuation"]);
  let next: number | undefined;
  let bytesRead = 0;
  const texts: string[] = [];
  for (const { entry, version } of scanDocuments(target, { after, request })) {
    if (texts.length >= limit) {
      next = after;
      break;
    }
    texts.push(target.container.textOf(entry, version));
    bytesRead += version.length;
    after = entry.number;
  }
  return {
    status: 200,
    charge: feedCharge(bytesRead),
    range,
    text: `{"_rid":${JSON.stringify(target.container.rid)},"Documents":[${
      texts.join(",")
    }],"_count":${texts.length}}`,
    headers: {
      "x-ms-item-count": String(texts.length),
      ...next !== undefined && { "x-ms-continuation": String(next) },
      ...range && { "x-ms-session-token": sessionToken(range, target.container.documents.lsn) },
    },
  };
}

function positionOf(token: string | undefined): number {
  if (token === undefined || token === "") return -1;
  if (!/^\d{1,15}$/.test(token)) throw badRequest("The continuation token is invalid");
  return Number(token);
}
