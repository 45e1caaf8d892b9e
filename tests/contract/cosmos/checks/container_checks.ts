import { PartitionKeyKind } from "@azure/cosmos";
import { isJsonObject, type JsonObject } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { guide, rest, sdk, STATUS_CODES } from "../citation.ts";
import { sdkOutcome } from "../specimen.ts";

const PROGRESS = "x-ms-documentdb-collection-index-transformation-progress";
const PARTITION_KEY = { paths: ["/pk"], kind: PartitionKeyKind.Hash, version: 2 };

/** Databases and containers. */
export const CONTAINER_CHECKS: readonly Check[] = [
  {
    name: "databases: created once, read, listed, found by query, deleted once",
    cites: rest("databases"),
    expected: ["201", "409", "200", true, ["extra"], "204", "404", "404"],
    async observe({ client, databaseId }) {
      const id = `${databaseId}-extra`;
      const found = client.databases.query({
        query: "SELECT * FROM root r WHERE r.id = @id",
        parameters: [{ name: "@id", value: id }],
      });
      return [
        await sdkOutcome(client.databases.create({ id })),
        await sdkOutcome(client.databases.create({ id })),
        await sdkOutcome(client.database(id).read()),
        (await client.databases.readAll().fetchAll()).resources.some((database) => database.id === id),
        (await found.fetchAll()).resources.map((database) =>
          String(database.id).slice(databaseId.length + 1)
        ),
        await sdkOutcome(client.database(id).delete()),
        await sdkOutcome(client.database(id).read()),
        await sdkOutcome(client.database(id).delete()),
      ];
    },
  },
  {
    name: "containers: created once, read, listed, found by query, deleted once",
    cites: rest("collections"),
    expected: ["201", "409", "200", true, ["once"], "204", "404", "404"],
    async observe({ database }) {
      const definition = { id: "once", partitionKey: PARTITION_KEY };
      const query = database.containers.query({ query: "SELECT * FROM root r WHERE r.id = 'once'" });
      return [
        await sdkOutcome(database.containers.create({ ...definition })),
        await sdkOutcome(database.containers.create({ ...definition })),
        await sdkOutcome(database.container("once").read()),
        (await database.containers.readAll().fetchAll()).resources.some(({ id }) => id === "once"),
        (await query.fetchAll()).resources.map(({ id }) => String(id)),
        await sdkOutcome(database.container("once").delete()),
        await sdkOutcome(database.container("once").read()),
        await sdkOutcome(database.container("once").delete()),
      ];
    },
  },
  {
    name: "containers: get the defaults of the service",
    cites: rest("create-a-collection"),
    expected: ["consistent", true, ["/*"], "LastWriterWins", "docs/", "sprocs/"],
    async observe(laboratory) {
      const { json } = await laboratory.send({ method: "GET", path: (await laboratory.shared()).path });
      const policy = (json["indexingPolicy"] ?? {}) as JsonObject;
      const conflicts = (json["conflictResolutionPolicy"] ?? {}) as JsonObject;
      const paths = policy["includedPaths"];
      return [
        policy["indexingMode"] ?? null,
        policy["automatic"] ?? null,
        Array.isArray(paths) ? paths.map((path) => isJsonObject(path) ? path["path"] ?? null : null) : null,
        conflicts["mode"] ?? null,
        json["_docs"] ?? null,
        json["_sprocs"] ?? null,
      ];
    },
  },
  {
    name: "containers: keep partition key, unique keys, indexing policy and time to live",
    cites: rest("get-a-collection"),
    expected: [{ ...PARTITION_KEY }, [{ paths: ["/email"] }], ["/notes/*"], 60],
    async observe(laboratory) {
      const specimen = await laboratory.container({
        definition: {
          partitionKey: PARTITION_KEY,
          uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/email"] }] },
          indexingPolicy: { excludedPaths: [{ path: "/notes/*" }], includedPaths: [{ path: "/*" }] },
          defaultTtl: 60,
        },
      });
      const { json } = await laboratory.send({ method: "GET", path: specimen.path });
      const policy = (json["indexingPolicy"] ?? {}) as JsonObject;
      const excluded = (policy["excludedPaths"] ?? []) as readonly JsonObject[];
      return [
        json["partitionKey"] ?? null,
        ((json["uniqueKeyPolicy"] ?? {}) as JsonObject)["uniqueKeys"] ?? null,
        excluded.map(({ path }) => String(path)).filter((path) => !path.includes("_etag")),
        json["defaultTtl"] ?? null,
      ];
    },
  },
  {
    name: "containers: definitions that are wrong are refused",
    cites: rest("create-a-collection"),
    expected: ["400", "400", "400", "400"],
    async observe(laboratory) {
      const outcomes: string[] = [];
      for (
        const body of [
          { id: "no-key" },
          { id: "a/b", partitionKey: PARTITION_KEY },
          { partitionKey: PARTITION_KEY },
          { id: "two-paths", partitionKey: { paths: ["/a", "/b"], kind: "Hash", version: 2 } },
        ]
      ) {
        const path = `${laboratory.databasePath}/colls`;
        outcomes.push((await laboratory.send({ method: "POST", path, body })).outcome);
      }
      return outcomes;
    },
  },
  {
    name: "containers: replaced under their ETag only, and every replace changes it",
    cites: rest("common-cosmosdb-rest-request-headers"),
    expected: ["200", true, 30, "412", 30, "200"],
    async observe(laboratory) {
      const { sdk: container } = await laboratory.container();
      const { resource, etag } = await container.read();
      const definition = { id: container.id, partitionKey: resource!.partitionKey! };
      const under = (condition: string, defaultTtl: number) =>
        container.replace({ ...definition, defaultTtl }, { accessCondition: { type: "IfMatch", condition } });
      const first = await sdkOutcome(under(etag, 30));
      const after = await container.read();
      const second = await sdkOutcome(under(etag, 90));
      const { resource: kept } = await container.read();
      return [
        first,
        after.etag !== etag,
        after.resource?.defaultTtl ?? null,
        second,
        kept?.defaultTtl ?? null,
        await sdkOutcome(under(after.etag, 60)),
      ];
    },
  },
  {
    name: "containers: the partition key cannot be replaced",
    cites: rest("replace-a-collection"),
    expected: ["400", ["/pk"]],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const { outcome } = await laboratory.send({
        method: "PUT",
        path: specimen.path,
        body: { id: specimen.id, partitionKey: { paths: ["/other"], kind: "Hash", version: 2 } },
      });
      const { resource } = await specimen.sdk.read();
      return [outcome, [...resource?.partitionKey?.paths ?? []]];
    },
  },
  {
    name: "containers: deleted under their ETag only",
    cites: rest("common-cosmosdb-rest-request-headers"),
    expected: ["412", "200", "204"],
    async observe(laboratory) {
      const { path } = await laboratory.container();
      const { headers } = await laboratory.send({ method: "GET", path });
      const remove = async (etag: string) =>
        (await laboratory.send({ method: "DELETE", path, headers: { "if-match": etag } })).outcome;
      return [
        await remove('"00000000-0000-0000-0000-000000000000"'),
        (await laboratory.send({ method: "GET", path })).outcome,
        await remove(String(headers.etag)),
      ];
    },
  },
  {
    name: "containers: _rid has eight bytes, and a container that comes again has another one",
    cites: sdk("session/sessionContainer.js", ".length === 8"),
    expected: [8, 8, true],
    async observe({ database }) {
      const rids: string[] = [];
      for (let round = 0; round < 2; round++) {
        const { resource } = await database.containers.create({ id: "again", partitionKey: PARTITION_KEY });
        rids.push(String(resource?._rid));
        await database.container("again").delete();
      }
      return [...rids.map((rid) => atob(rid.replaceAll("-", "/")).length), rids[0] !== rids[1]];
    },
  },
  {
    name: "containers: what is in a missing one is missing, with substatus 1003",
    cites: STATUS_CODES,
    expected: ["404/1003", "404/1003", "404"],
    async observe(laboratory) {
      const get = async (path: string, headers = {}) =>
        (await laboratory.send({ method: "GET", path: `${laboratory.databasePath}${path}`, headers }))
          .outcome;
      return [
        await get("/colls/none/docs/1", { "x-ms-documentdb-partitionkey": '["a"]' }),
        await get("/colls/none/pkranges"),
        await get("/colls/none"),
      ];
    },
  },
  {
    name: "containers: addressed by _rid as well as by name",
    cites: rest("cosmosdb-resource-uri-syntax-for-rest"),
    expected: ["200", true, "200", "201", "200"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const { json } = await laboratory.send({ method: "GET", path: specimen.path });
      const path = `/${String(json["_self"]).replace(/\/$/, "")}`;
      const byRid = await laboratory.send({ method: "GET", path });
      const key = { "x-ms-documentdb-partitionkey": '["a"]' };
      return [
        byRid.outcome,
        byRid.json["id"] === specimen.id,
        (await laboratory.send({ method: "GET", path: `${path}/pkranges` })).outcome,
        (await laboratory.send({
          method: "POST",
          path: `${path}/docs`,
          headers: key,
          body: { id: "1", pk: "a" },
        })).outcome,
        (await specimen.documents({ id: "1", key: ["a"] })).outcome,
      ];
    },
  },
  {
    name: "documents: addressed by _rid, with the rids of database and container",
    cites: rest("cosmosdb-resource-uri-syntax-for-rest"),
    expected: ["200", "1"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      await specimen.put({ id: "1", pk: "a" });
      const { json } = await specimen.documents({ id: "1", key: ["a"] });
      const { outcome, json: found } = await laboratory.send({
        method: "GET",
        path: `/${String(json["_self"]).replace(/\/$/, "")}`,
        headers: { "x-ms-documentdb-partitionkey": '["a"]' },
      });
      return [outcome, found["id"] ?? null];
    },
  },
  {
    name: "containers: ETag and quota come as headers",
    cites: sdk("request/request.js", "HttpHeaders.PopulateQuotaInfo] = options"),
    expected: [true, "string", "string"],
    async observe(laboratory) {
      const { headers, json } = await laboratory.send({
        method: "GET",
        path: (await laboratory.shared()).path,
        headers: { "x-ms-documentdb-populatequotainfo": "true" },
      });
      return [
        headers.etag !== undefined && headers.etag === json["_etag"],
        typeof headers["x-ms-resource-quota"],
        typeof headers["x-ms-resource-usage"],
      ];
    },
  },
  {
    name: "containers: a new indexing policy is applied in time, and the progress is reported up to 100",
    cites: guide("index-policy"),
    expected: ["100", true, true, "100"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const progress = async () =>
        String(
          (await laboratory.send({
            method: "GET",
            path: specimen.path,
            headers: { "x-ms-documentdb-populatequotainfo": "true" },
          })).headers[PROGRESS],
        );
      const before = await progress();
      const { resource } = await specimen.sdk.read();
      await specimen.sdk.replace({
        id: specimen.id,
        partitionKey: resource!.partitionKey!,
        indexingPolicy: { includedPaths: [{ path: "/*" }], excludedPaths: [{ path: "/notes/*" }] },
      });
      const during = Number(await progress());
      await laboratory.moveClock(30);
      const later = Number(await progress());
      await laboratory.moveClock(60);
      return [before, during < 100, later > during && later < 100, await progress()];
    },
  },
];
