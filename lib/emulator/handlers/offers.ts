import type { JsonObject } from "../../base/json.ts";
import { isJsonObject } from "../../base/json.ts";
import { METADATA_CHARGE } from "../charges.ts";
import type { GatewayContext } from "../context.ts";
import { badRequest, notFound } from "../gateway_error.ts";
import { type Answer, bodyObject, feedAnswer, type GatewayRequest, resourceAnswer } from "../message.ts";
import type { Account } from "../store/account.ts";
import type { Container } from "../store/container.ts";
import type { Database } from "../store/database.ts";
import { etagOf } from "../store/etag.ts";
import { offerContent, type ProvisionedThroughput, throughputFromOffer } from "../store/throughput.ts";

/** `GET /offers` */
export function listOffers(_request: GatewayRequest, context: GatewayContext): Answer {
  return feedAnswer("Offers", allOffers(context.account), { rid: "", charge: METADATA_CHARGE });
}

/** `POST /offers` with a query, as clients look for the offer of a container by its `_self` */
export function queryOffers(request: GatewayRequest, context: GatewayContext): Answer {
  const rows = context.engine.rows(bodyObject(request), {
    documents: allOffers(context.account),
    nowMs: context.clock.wallMs(),
  });
  return feedAnswer("Offers", rows, { rid: "", charge: METADATA_CHARGE });
}

/** `GET /offers/{id}` */
export function readOffer(request: GatewayRequest, context: GatewayContext): Answer {
  return resourceAnswer(200, offerOf(existing(request, context)), { charge: METADATA_CHARGE });
}

/** `PUT /offers/{id}` */
export function replaceOffer(request: GatewayRequest, context: GatewayContext): Answer {
  const holder = existing(request, context);
  const { content } = bodyObject(request);
  if (!isJsonObject(content)) throw badRequest("The offer has no content");
  holder.throughput = throughputFromOffer(content, holder.throughput);
  return resourceAnswer(200, offerOf(holder), { charge: METADATA_CHARGE });
}

type Holder = (Container | Database) & { throughput: ProvisionedThroughput };

function holders(account: Account): readonly Holder[] {
  return [...account.databases.values()]
    .flatMap((database) => [database, ...database.containers.values()])
    .filter((candidate): candidate is Holder => candidate.throughput !== undefined);
}

function allOffers(account: Account): readonly JsonObject[] {
  return holders(account).map(offerOf);
}

function existing(request: GatewayRequest, context: GatewayContext): Holder {
  const id = request.route.id?.toLowerCase();
  const holder = holders(context.account).find((candidate) => offerId(candidate).toLowerCase() === id);
  if (holder === undefined) throw notFound();
  return holder;
}

function offerOf(holder: Holder): JsonObject {
  const id = offerId(holder);
  return {
    resource: holder.self,
    offerType: "Invalid",
    offerVersion: "V2",
    offerResourceId: holder.rid,
    content: offerContent(holder.throughput),
    id,
    _rid: id,
    _self: `offers/${id}/`,
    _etag: etagOf(
      1,
      holder.throughput.kind === "manual" ? holder.throughput.ruPerSecond : holder.throughput.maxRuPerSecond,
    ),
    _ts: 0,
  };
}

/** Four characters are enough for clients, which only look for equality. */
function offerId(holder: Holder): string {
  return `o${holder.rid.replace(/[^A-Za-z0-9]/g, "x")}`;
}
