import type { Check } from "../check.ts";
import { guide, OWN, sdk, STATUS_CODES } from "../citation.ts";
import { rowsOf } from "../specimen.ts";

const SESSION = guide("consistency-levels");
const KILOBYTE = 1_024;

/** Sessions, request charges, and the clock. */
export const SESSION_CHECKS: readonly Check[] = [
  {
    name:
      "sessions: every answer about documents has a token of its range, and the names that clients keep it by",
    cites: sdk("session/sessionContainer.js", ".length === 8"),
    expected: [true, true, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const { headers } = await specimen.documents({ method: "POST", key: [pk], body: { id: "1", pk } });
      const { json } = await laboratory.send({ method: "GET", path: specimen.path });
      return [
        /^\w+:(-?\d+#)?\d+(#.*)?$/.test(String(headers["x-ms-session-token"])),
        headers["x-ms-content-path"] === json["_rid"],
        headers["x-ms-alt-content-path"] ===
          `dbs/${laboratory.databaseId}/colls/${specimen.id}`,
      ];
    },
  },
  {
    name: "sessions: a token grows with each write, and not with reads",
    cites: SESSION,
    expected: [true, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const lsn = async (method: "PUT" | "GET") => {
        const { headers } = await specimen.documents({
          method,
          id: "1",
          key: [pk],
          ...method === "PUT" && { body: { id: "1", pk } },
        });
        return Number(/(\d+)$/.exec(String(headers["x-ms-session-token"]))?.[1]);
      };
      await specimen.put({ id: "1", pk });
      const [first, second] = [await lsn("PUT"), await lsn("PUT")];
      const [third, fourth] = [await lsn("GET"), await lsn("GET")];
      return [second > first, third === second && fourth === third];
    },
  },
  {
    name: "sessions: one that has seen more than there is gets 404/1002, a read and a query alike",
    cites: STATUS_CODES,
    expected: ["404/1002", "404/1002", "200"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      await specimen.put({ id: "1", pk: "a" });
      const read = (token?: string) =>
        specimen.documents({
          id: "1",
          key: ["a"],
          ...token !== undefined && { headers: { "x-ms-session-token": token } },
        });
      const token = String((await read()).headers["x-ms-session-token"]);
      const ahead = token.replace(/\d+$/, (lsn) => String(Number(lsn) + 1_000));
      const query = await specimen.query("SELECT * FROM c", {
        key: ["a"],
        headers: { "x-ms-session-token": ahead },
      });
      return [(await read(ahead)).outcome, query.outcome, (await read(token)).outcome];
    },
  },
  {
    name: "sessions: the SDK reads its own writes",
    cites: sdk("ClientContext.js", "applySessionToken(requestContext) {"),
    expected: [10],
    async observe(laboratory) {
      const { sdk: container } = await laboratory.shared();
      const pk = laboratory.newKey();
      let seen = 0;
      for (let n = 0; n < 10; n++) {
        await container.items.upsert({ id: "1", pk, n });
        if ((await container.item("1", pk).read()).resource?.n === n) seen++;
      }
      return [seen];
    },
  },
  {
    name:
      "consistency: where reads lag, one without the session token may see an older version, one with it does not",
    cites: SESSION,
    expected: [{ created: "404", updated: "404", query: 0 }, { created: "200", updated: 2, query: 1 }],
    observe: (laboratory) =>
      laboratory.whereReadsLag(async (lagging) => {
        const specimen = await lagging.container();
        await specimen.put({ id: "1", pk: "a", n: 1 });
        const created = await specimen.documents({ id: "1", key: ["a"] });
        const first = await specimen.documents({
          method: "PUT",
          id: "1",
          key: ["a"],
          body: { id: "1", pk: "a", n: 2 },
        });
        const updated = await specimen.documents({ id: "1", key: ["a"] });
        const query = await specimen.query("SELECT * FROM c", { key: ["a"] });
        const headers = { "x-ms-session-token": String(first.headers["x-ms-session-token"]) };
        const own = await specimen.documents({ id: "1", key: ["a"], headers });
        const ownQuery = await specimen.query("SELECT * FROM c", { key: ["a"], headers });
        return [
          { created: created.outcome, updated: updated.outcome, query: rowsOf(query).length },
          { created: own.outcome, updated: own.json["n"] ?? null, query: rowsOf(ownQuery).length },
        ];
      }),
  },
  {
    name: "consistency: where reads lag, writes and their conditions work on the latest version",
    cites: guide("database-transactions-optimistic-concurrency"),
    expected: ["200", "412", "409"],
    observe: (laboratory) =>
      laboratory.whereReadsLag(async (lagging) => {
        const specimen = await lagging.container();
        const [etag = ""] = await specimen.put({ id: "1", pk: "a", n: 1 });
        const replace = async () =>
          (await specimen.documents({
            method: "PUT",
            id: "1",
            key: ["a"],
            headers: { "if-match": etag },
            body: { id: "1", pk: "a", n: 2 },
          })).outcome;
        const body = { id: "1", pk: "a" };
        return [
          await replace(),
          await replace(),
          (await specimen.documents({ method: "POST", key: ["a"], body })).outcome,
        ];
      }),
  },
  {
    name: "charges: a point read costs 1 RU for a document of 1 KB, 2 for one of 2 KB",
    cites: guide("request-units"),
    expected: [1, 2],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "1", pk, x: "x".repeat(700) }, { id: "2", pk, x: "x".repeat(KILOBYTE + 500) });
      const charge = async (id: string) =>
        Number((await specimen.documents({ id, key: [pk] })).headers["x-ms-request-charge"]);
      return [await charge("1"), await charge("2")];
    },
  },
  {
    name: "charges: create 5.5, replace, upsert and patch 10.5, delete 5.5, a refusal by ETag 1.24",
    cites: OWN,
    expected: [5.5, 10.5, 10.5, 10.5, 1.24, 5.5],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const body = { id: "1", pk };
      const request = async (method: string, options: Parameters<typeof specimen.documents>[0] = {}) =>
        Number(
          (await specimen.documents({ method, key: [pk], ...options })).headers["x-ms-request-charge"],
        );
      return [
        await request("POST", { body }),
        await request("PUT", { id: "1", body }),
        await request("POST", { body, headers: { "x-ms-documentdb-is-upsert": "True" } }),
        await request("PATCH", { id: "1", body: { operations: [{ op: "set", path: "/n", value: 1 }] } }),
        await request("PUT", { id: "1", body, headers: { "if-match": '"no"' } }),
        await request("DELETE", { id: "1" }),
      ];
    },
  },
  {
    name: "charges: a query pays for what it reads, not for what it gives",
    cites: OWN,
    expected: [true, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put(...[1, 2, 3, 4].map((n) => ({ id: `${n}`, pk, x: "x".repeat(KILOBYTE) })));
      const charge = async (query: string) =>
        Number((await specimen.query(query, { key: [pk] })).headers["x-ms-request-charge"]);
      const [all, none] = [await charge("SELECT * FROM c"), await charge("SELECT * FROM c WHERE false")];
      return [all === none, all > 2.3 + 4 && all < 2.3 + 6];
    },
  },
  {
    name: "charges: a batch costs the sum of its operations",
    cites: OWN,
    expected: [11, [5.5, 5.5]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const create = (id: string) => ({ operationType: "Create" as const, resourceBody: { id, pk } });
      const { result, headers } = await specimen.sdk.items.batch([create("1"), create("2")], pk);
      return [
        Number(headers["x-ms-request-charge"]),
        result?.map(({ requestCharge }) => requestCharge) ?? null,
      ];
    },
  },
  {
    name: "clock: moves Date, _ts and time to live together",
    cites: OWN,
    expected: [true, true, "404"],
    async observe(laboratory) {
      const specimen = await laboratory.container({ definition: { defaultTtl: 3_600 } });
      await specimen.put({ id: "1", pk: "a" });
      const read = () => specimen.documents({ id: "1", key: ["a"] });
      const before = await read();
      await laboratory.moveClock(7_200);
      const after = await read();
      const created = await specimen.documents({ method: "POST", key: ["a"], body: { id: "2", pk: "a" } });
      const dateOf = (answer: typeof before) => Date.parse(answer.headers.date ?? "") / 1_000;
      const moved = dateOf(after) - dateOf(before);
      return [
        moved >= 7_200 && moved < 7_260,
        Math.abs(Number(created.json["_ts"]) - dateOf(created)) <= 2,
        after.outcome,
      ];
    },
  },
];
