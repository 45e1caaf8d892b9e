import { isJsonObject, type JsonObject, type JsonValue } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { guide, rest, sdk } from "../citation.ts";
import type { Laboratory } from "../laboratory.ts";

const AUTOSCALE = "x-ms-cosmos-offer-autopilot-settings";

/** Throughput and scripts. */
export const RESOURCE_CHECKS: readonly Check[] = [
  {
    name: "offers: a container without a word about throughput has 400",
    cites: rest("create-a-collection"),
    expected: [400],
    async observe(laboratory) {
      const offer = await offerOf(laboratory, (await laboratory.container()).path);
      return [contentOf(offer)["offerThroughput"] ?? null];
    },
  },
  {
    name: "offers: found by the _self of the container, read by id, and replaced",
    cites: sdk("client/Container/Container.js", 'SELECT * from root where root.resource = "${url}"'),
    expected: [700, "200", 700, "200", 900, 900],
    async observe(laboratory) {
      const specimen = await laboratory.container({ headers: { "x-ms-offer-throughput": "700" } });
      const { resource } = await specimen.sdk.readOffer();
      const path = `/offers/${resource?.id}`;
      const before = await laboratory.send({ method: "GET", path });
      const changed = await laboratory.send({
        method: "PUT",
        path,
        body: { ...resource, content: { ...resource?.content, offerThroughput: 900 } },
      });
      return [
        resource?.content?.offerThroughput ?? null,
        before.outcome,
        contentOf(before.json)["offerThroughput"] ?? null,
        changed.outcome,
        contentOf(changed.json)["offerThroughput"] ?? null,
        contentOf(await offerOf(laboratory, specimen.path))["offerThroughput"] ?? null,
      ];
    },
  },
  {
    name: "offers: autoscale has a maximum",
    cites: guide("provision-throughput-autoscale"),
    expected: [4_000],
    async observe(laboratory) {
      const specimen = await laboratory.container({ headers: { [AUTOSCALE]: '{"maxThroughput":4000}' } });
      const settings = contentOf(await offerOf(laboratory, specimen.path))["offerAutopilotSettings"];
      return [isJsonObject(settings) ? settings["maxThroughput"] ?? null : null];
    },
  },
  {
    name: "offers: less than 400, what is no multiple of 100, and manual with autoscale are refused",
    cites: guide("set-throughput"),
    expected: ["400", "400", "400"],
    async observe(laboratory) {
      const create = async (headers: Readonly<Record<string, string>>) =>
        (await laboratory.send({
          method: "POST",
          path: `${laboratory.databasePath}/colls`,
          headers,
          body: { id: "refused", partitionKey: { paths: ["/pk"], kind: "Hash", version: 2 } },
        })).outcome;
      return [
        await create({ "x-ms-offer-throughput": "300" }),
        await create({ "x-ms-offer-throughput": "450" }),
        await create({ "x-ms-offer-throughput": "400", [AUTOSCALE]: '{"maxThroughput":4000}' }),
      ];
    },
  },
  {
    name: "offers: containers share the throughput of their database",
    cites: guide("set-throughput"),
    expected: [600, null],
    async observe(laboratory) {
      const id = `${laboratory.databaseId}-shared`;
      await laboratory.client.databases.create({ id, throughput: 600 });
      try {
        const { container } = await laboratory.client.database(id).containers.create({
          id: "c",
          partitionKey: { paths: ["/pk"] },
        });
        const own = await container.readOffer();
        return [
          contentOf(await offerOf(laboratory, `/dbs/${id}`))["offerThroughput"] ?? null,
          own.resource === undefined ? null : own.resource.content?.offerThroughput ?? null,
        ];
      } finally {
        await laboratory.client.database(id).delete();
      }
    },
  },
  ...([
    ["sprocs", "StoredProcedures", rest("stored-procedures"), { body: "function () {}" }],
    ["triggers", "Triggers", rest("triggers"), {
      body: "function () {}",
      triggerType: "Pre",
      triggerOperation: "All",
    }],
    ["udfs", "UserDefinedFunctions", rest("user-defined-functions"), { body: "function (x) { return x; }" }],
  ] as const).map(([kind, feed, cites, script]): Check => ({
    name: `scripts: ${kind} are created once, read, listed, replaced and deleted`,
    cites,
    expected: ["201", "409", "200", { id: "s", ...script }, ["s"], "200", "changed", true, "204", "404"],
    async observe(laboratory) {
      const { path } = await laboratory.container();
      const send = (method: string, id?: string, body?: JsonObject) =>
        laboratory.send({ method, path: `${path}/${kind}${id === undefined ? "" : `/${id}`}`, body });
      const created = await send("POST", undefined, { id: "s", ...script });
      const again = await send("POST", undefined, { id: "s", ...script });
      const read = await send("GET", "s");
      const listed = (await send("GET")).json[feed];
      const replaced = await send("PUT", "s", { id: "s", ...script, body: "changed" });
      const removed = await send("DELETE", "s");
      return [
        created.outcome,
        again.outcome,
        read.outcome,
        Object.fromEntries(Object.entries(read.json).filter(([name]) => !name.startsWith("_"))) as JsonObject,
        Array.isArray(listed) ? listed.map((item) => isJsonObject(item) ? item["id"] ?? null : null) : null,
        replaced.outcome,
        replaced.json["body"] ?? null,
        replaced.json["_etag"] !== read.json["_etag"],
        removed.outcome,
        (await send("GET", "s")).outcome,
      ];
    },
  })),
];

/** The offer of a container or database, by its path. */
async function offerOf(laboratory: Laboratory, path: string): Promise<JsonObject> {
  const { json: { _self } } = await laboratory.send({ method: "GET", path });
  const { json } = await laboratory.send({
    method: "POST",
    path: "/offers",
    headers: { "content-type": "application/query+json", "x-ms-documentdb-isquery": "True" },
    body: {
      query: "SELECT * FROM root WHERE root.resource = @self",
      parameters: [{ name: "@self", value: _self }],
    },
  });
  const [offer] = (json["Offers"] ?? []) as readonly JsonObject[];
  return offer ?? {};
}

function contentOf(offer: unknown): Record<string, JsonValue | undefined> {
  const content = isJsonObject(offer) ? offer["content"] : undefined;
  return isJsonObject(content) ? content : {};
}
