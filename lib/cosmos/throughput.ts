import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { Caller } from "./_caller.ts";
import { offerResource, OFFERS } from "./_resource.ts";
import type { CosmosThroughput, RequestOptions, ThroughputSetting } from "./port.ts";

/** Provisioned throughput of Cosmos DB, which calls it an offer. */
export class SdkThroughput implements CosmosThroughput {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async read(rid: string, { signal }: RequestOptions = {}): Promise<ThroughputSetting | undefined> {
    const { body } = await this.#caller.patiently({
      request: {
        resource: OFFERS,
        action: {
          kind: "query",
          query: "SELECT * FROM root WHERE root.offerResourceId = @rid",
          parameters: { rid },
          maxItems: 1,
        },
        signal,
      },
      operation: `read the throughput of the container with _rid "${rid}"`,
    });
    const offers = isJsonObject(body) && Array.isArray(body["Offers"]) ? body["Offers"] : [];
    return offers.filter(isJsonObject).map(settingFrom).find((setting) => setting !== undefined);
  }

  async replace(
    { offer }: ThroughputSetting,
    { throughput, signal }: RequestOptions & { readonly throughput: ThroughputSetting["throughput"] },
  ): Promise<void> {
    const content = isJsonObject(offer["content"]) ? offer["content"] : {};
    const { offerThroughput: _, offerAutopilotSettings: __, ...rest } = content;
    const wanted: JsonObject = throughput.kind === "manual"
      ? { offerThroughput: throughput.ruPerSecond }
      : { offerAutopilotSettings: { maxThroughput: throughput.maxRuPerSecond } };
    await this.#caller.patiently({
      request: {
        resource: offerResource(String(offer["_rid"])),
        action: { kind: "replace", body: { ...offer, content: { ...rest, ...wanted } } },
        headers: { "if-match": String(offer["_etag"]) },
        signal,
      },
      operation: `set the throughput of the container with _rid "${offer["offerResourceId"]}"`,
      isWrite: true,
    });
  }
}

function settingFrom(offer: JsonObject): ThroughputSetting | undefined {
  const content = isJsonObject(offer["content"]) ? offer["content"] : {};
  const { offerAutopilotSettings: autoscale, offerThroughput } = content;
  if (isJsonObject(autoscale) && typeof autoscale["maxThroughput"] === "number") {
    return { offer, throughput: { kind: "autoscale", maxRuPerSecond: autoscale["maxThroughput"] } };
  }
  if (typeof offerThroughput !== "number") return undefined;
  return { offer, throughput: { kind: "manual", ruPerSecond: offerThroughput } };
}
