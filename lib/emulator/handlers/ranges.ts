import { METADATA_CHARGE } from "../charges.ts";
import { containerOf, type GatewayContext } from "../context.ts";
import { type Answer, feedAnswer, type GatewayRequest } from "../message.ts";

/** `GET …/pkranges`: the physical partitions, all in one page. */
export function listRanges(request: GatewayRequest, context: GatewayContext): Answer {
  const container = containerOf(request, context);
  const ranges = container.documents.ranges.all;
  const share = 1 / ranges.length;
  const resources = ranges.map(({ id, minInclusive, maxExclusive, parents }) => ({
    _rid: container.rid,
    id,
    _etag: container.etag,
    minInclusive,
    maxExclusive,
    ridPrefix: Number(id),
    _self: `${container.self}pkranges/${id}/`,
    throughputFraction: share,
    status: "online",
    parents,
    _ts: 0,
  }));
  return feedAnswer("PartitionKeyRanges", resources, { rid: container.rid, charge: METADATA_CHARGE });
}
