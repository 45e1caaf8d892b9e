import type { Check } from "../check.ts";
import { guide, rest, sdk, STATUS_CODES, thread } from "../citation.ts";
import { masterAuthorization } from "../signed_request.ts";

const CONTROL = rest("access-control-on-cosmosdb-resources");
const RESPONSE_HEADERS = rest("common-cosmosdb-rest-response-headers");
const ROLES = guide("how-to-setup-rbac");
const HOUR_MS = 3_600_000;
const OTHER_KEY = btoa("another key");

/** The account itself, what every answer carries, and who may ask. */
export const ACCOUNT_CHECKS: readonly Check[] = [
  {
    name: "account: GET / names its endpoints and its consistency",
    cites: sdk("documents/DatabaseAccount.js", "body.userConsistencyPolicy.defaultConsistencyLevel"),
    expected: ["200", true, true, true],
    async observe(laboratory) {
      const { outcome, json } = await laboratory.send({ method: "GET", path: "/" });
      const policy = json["userConsistencyPolicy"] as { defaultConsistencyLevel?: unknown } | undefined;
      const hasEndpoint = (locations: unknown) =>
        Array.isArray(locations) && locations.length > 0 &&
        locations.every(({ databaseAccountEndpoint }) => URL.canParse(String(databaseAccountEndpoint)));
      return [
        outcome,
        hasEndpoint(json["writableLocations"]),
        hasEndpoint(json["readableLocations"]),
        typeof policy?.defaultConsistencyLevel === "string",
      ];
    },
  },
  {
    name: "account: an endpoint that the account names is the one that was asked",
    cites: sdk(
      "globalEndpointManager.js",
      "this.writeableLocations = resourceResponse.resource.writableLocations",
    ),
    expected: true,
    async observe(laboratory) {
      const { resource } = await laboratory.client.getDatabaseAccount();
      const { protocol, host } = new URL(await laboratory.client.getWriteEndpoint());
      return resource?.writableLocations.some(({ databaseAccountEndpoint }) => {
        const named = new URL(databaseAccountEndpoint);
        return named.protocol === protocol && named.host === host;
      }) ?? false;
    },
  },
  {
    name: "answers: carry date, charge, activity and JSON",
    cites: RESPONSE_HEADERS,
    expected: [true, true, true, true],
    async observe(laboratory) {
      const { headers } = await laboratory.send({ method: "GET", path: laboratory.databasePath });
      return [
        /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$/.test(headers.date ?? ""),
        Number(headers["x-ms-request-charge"]) > 0,
        /^[0-9a-f-]{36}$/.test(String(headers["x-ms-activity-id"])),
        (headers["content-type"] ?? "").startsWith("application/json"),
      ];
    },
  },
  {
    name: "answers: a refusal has a message and a code in its body",
    cites: rest("http-status-codes-for-cosmosdb"),
    expected: ["404", "NotFound", true],
    async observe(laboratory) {
      const { outcome, json } = await laboratory.send({ method: "GET", path: "/dbs/none" });
      return [outcome, json["code"] ?? null, typeof json["message"] === "string"];
    },
  },
  {
    name: "keys: a request without authorization is refused",
    cites: CONTROL,
    expected: "401",
    async observe(laboratory) {
      return (await laboratory.send({ method: "GET", path: "/dbs", authorization: null })).outcome;
    },
  },
  {
    name: "keys: a signature of another key, method, path or date is refused",
    cites: CONTROL,
    expected: ["401", "401", "401", "401"],
    async observe(laboratory) {
      const date = new Date().toUTCString();
      const key = laboratory.masterKey;
      const own = { method: "GET", path: "/dbs", date, key };
      const outcomes: string[] = [];
      for (
        const other of [{ key: OTHER_KEY }, { method: "POST" }, { path: "/offers" }, {
          date: new Date(Date.now() - 5_000).toUTCString(),
        }]
      ) {
        const authorization = masterAuthorization({ ...own, ...other });
        const { outcome } = await laboratory.send({
          method: "GET",
          path: "/dbs",
          authorization,
          headers: { "x-ms-date": date },
        });
        outcomes.push(outcome);
      }
      return outcomes;
    },
  },
  {
    name: "keys: a signature is valid for 15 minutes",
    cites: thread("MicrosoftLearning/AZ-204-DevelopingSolutionsforMicrosoftAzure#860"),
    expected: ["200", "403", "403"],
    async observe(laboratory) {
      const at = async (dateMs: number) =>
        (await laboratory.send({ method: "GET", path: laboratory.databasePath, dateMs })).outcome;
      const now = Date.now();
      return [await at(now - 60_000), await at(now - HOUR_MS), await at(now + HOUR_MS)];
    },
  },
  {
    name: "keys: an authorization that is none is refused",
    cites: CONTROL,
    expected: ["401", "401", "401"],
    async observe(laboratory) {
      const outcomes: string[] = [];
      for (const authorization of ["nonsense", "type%3Dmaster", "type=other&ver=1.0&sig=x"]) {
        outcomes.push((await laboratory.send({ method: "GET", path: "/dbs", authorization })).outcome);
      }
      return outcomes;
    },
  },
  {
    name: "roles: a reader reads documents, queries and the change feed, and writes nothing (403/5301)",
    cites: thread("Azure/azure-cosmos-dotnet-v3#2891"),
    expected: ["200", "200", "200", "200", "403/5301", "403/5301"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const key = laboratory.newKey();
      await specimen.put({ id: "1", pk: key });
      const authorization = laboratory.bearer("reader");
      const [range] = await specimen.ranges();
      const read = await specimen.documents({ id: "1", key: [key], authorization });
      const container = await laboratory.send({ method: "GET", path: specimen.path, authorization });
      const ranges = await laboratory.send({
        method: "GET",
        path: `${specimen.path}/pkranges`,
        authorization,
      });
      const feed = await specimen.documents({
        authorization,
        headers: {
          "a-im": "Incremental Feed",
          "if-none-match": "0",
          "x-ms-documentdb-partitionkeyrangeid": range?.id ?? "",
        },
      });
      const deletion = await specimen.documents({ method: "DELETE", id: "1", key: [key], authorization });
      const creation = await specimen.documents({
        method: "POST",
        key: [key],
        authorization,
        body: { id: "2", pk: key },
      });
      return [
        read.outcome,
        container.outcome,
        ranges.outcome,
        feed.outcome === "304" ? "200" : feed.outcome,
        deletion.outcome,
        creation.outcome,
      ];
    },
  },
  {
    name: "roles: a contributor writes documents",
    cites: ROLES,
    expected: ["201", "204"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const key = laboratory.newKey();
      const authorization = laboratory.bearer("contributor");
      const body = { id: "1", pk: key };
      return [
        (await specimen.documents({ method: "POST", key: [key], authorization, body })).outcome,
        (await specimen.documents({ method: "DELETE", id: "1", key: [key], authorization })).outcome,
      ];
    },
  },
  {
    name: "roles: nobody manages databases, containers, throughput or scripts by bearer token (403/5300)",
    cites: thread("Azure/azure-sdk-for-java#20781"),
    expected: ["403/5300", "403/5300", "403/5300", "403/5300", "403/5300", "403/5300"],
    async observe(laboratory) {
      const { path } = await laboratory.shared();
      const authorization = laboratory.bearer("contributor");
      const outcomes: string[] = [];
      for (
        const [method, target] of [
          ["POST", "/dbs"],
          ["DELETE", laboratory.databasePath],
          ["POST", `${laboratory.databasePath}/colls`],
          ["PUT", path],
          ["GET", "/offers"],
          ["POST", `${path}/sprocs`],
        ] as const
      ) {
        const body = method === "GET" || method === "DELETE" ? undefined : { id: "x" };
        outcomes.push(
          (await laboratory.send({ method, path: target, authorization, body })).outcome,
        );
      }
      return outcomes;
    },
  },
  {
    name: "roles: a principal without a role is refused (403/5301), one that is not known 401",
    cites: STATUS_CODES,
    expected: ["403/5301", "401"],
    async observe(laboratory) {
      const { path } = await laboratory.shared();
      const nobody = laboratory.bearer("none");
      const stranger = encodeURIComponent("type=aad&ver=1.0&sig=stranger");
      return [
        (await laboratory.send({ method: "GET", path, authorization: nobody })).outcome,
        (await laboratory.send({ method: "GET", path, authorization: stranger })).outcome,
      ];
    },
  },
];
