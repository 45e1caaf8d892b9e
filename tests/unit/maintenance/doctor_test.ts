import assert from "node:assert/strict";
import { CosmosError } from "../../../lib/base/errors.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { addField } from "../../../lib/definition/edit_fields.ts";
import { createContainer } from "../../../lib/definition/create_container.ts";
import { defineMigration } from "../../../lib/definition/migration.ts";
import { diagnose } from "../../../lib/maintenance/doctor.ts";
import { checkAccount } from "../../../lib/maintenance/doctor/account.ts";
import type { Check, CheckName, Surroundings } from "../../../lib/maintenance/doctor/check.ts";
import { checkClock } from "../../../lib/maintenance/doctor/clock.ts";
import { checkContainers } from "../../../lib/maintenance/doctor/containers.ts";
import { entry, record } from "../../support/records.ts";

const SURROUNDINGS: Surroundings = {
  endpoint: "https://acme.documents.azure.com:443/",
  credential: "key",
  proxy: { host: "proxy:3128", noProxy: "localhost" },
  hasCa: false,
  database: "shop",
  historyContainer: "__migrations",
};

function diagnoseFailure(status: number, details: Record<string, string>): Promise<readonly Check[]> {
  const failure = { status, operation: "open", retryable: false, ambiguous: false };
  return diagnose({
    surroundings: SURROUNDINGS,
    open: () => Promise.reject(new CosmosError("no", failure, { hint: "do this", details })),
    registry: [],
    clock: systemClock,
    random: () => 0,
    signal: new AbortController().signal,
    patienceMs: 0,
  });
}

function statusOf(checks: readonly Check[], name: CheckName): string | undefined {
  return checks.find((check) => check.name === name)?.status;
}

Deno.test("diagnose() says where on the way to the account it ended, with what to do, and skips the rest", async () => {
  const table: readonly [number, Record<string, string>, CheckName, readonly CheckName[]][] = [
    [0, { cause: "dns" }, "endpoint", []],
    [0, { cause: "refused" }, "endpoint", []],
    [0, { cause: "timeout" }, "endpoint", []],
    [0, { cause: "tls-trust" }, "tls", ["endpoint"]],
    [0, { cause: "tls-protocol" }, "tls", ["endpoint"]],
    [0, { cause: "credential" }, "credential", []],
    [401, {}, "credential", ["endpoint", "tls"]],
    [403, {}, "credential", ["endpoint", "tls"]],
    [503, {}, "endpoint", []],
  ];
  for (const [status, details, failed, fine] of table) {
    const checks = await diagnoseFailure(status, details);
    const what = `${status} ${details["cause"] ?? ""}`;
    const found = checks.filter((check) => check.status === "failed");
    assert.deepEqual(found.map(({ name, hint }) => [name, hint]), [[failed, "do this"]], what);
    for (const name of fine) assert.equal(statusOf(checks, name), "ok", what);
    assert.equal(statusOf(checks, "database"), "skipped", what);
    assert.equal(checks.length, 11);
  }
});

Deno.test("diagnose() finds a clock that is far off behind a refused signature", async () => {
  const serverTime = new Date(Date.now() + 3_600_000).toUTCString();
  assert.equal(statusOf(await diagnoseFailure(401, { serverTime }), "clock"), "failed");
});

Deno.test("checkClock() warns from a minute on, and fails where signatures are refused", () => {
  const table: readonly [number | undefined, Check["status"]][] = [
    [undefined, "skipped"],
    [0, "ok"],
    [-30_000, "ok"],
    [61_000, "warning"],
    [-900_000, "failed"],
  ];
  for (const [offsetMs, status] of table) assert.equal(checkClock(offsetMs).status, status, `${offsetMs}`);
  assert.match(checkClock(61_000).detail, /1m 01s behind/);
  assert.match(checkClock(-61_000).detail, /1m 01s ahead/);
});

Deno.test("checkAccount() warns of several write regions and of weak consistency", () => {
  const facts = { writeRegion: "West Europe", defaultConsistency: "Session", multipleWriteLocations: false };
  assert.equal(checkAccount(facts).status, "ok");
  assert.match(checkAccount({ ...facts, multipleWriteLocations: true }).hint ?? "", /one region/);
  assert.match(checkAccount({ ...facts, defaultConsistency: "Eventual" }).hint ?? "", /older than writes/);
});

Deno.test("checkContainers() misses what pending migrations work on and none of them creates", () => {
  const age = addField({ container: "Users", field: "/age", value: 0 });
  const migrations = [
    entry("1", { migration: defineMigration({ description: "a", up: [age] }) }),
    entry("2", {
      migration: defineMigration({
        description: "b",
        up: [
          createContainer({ container: "Orders", partitionKey: "/id" }),
          addField({ container: "Orders", field: "/x", value: 0 }),
          addField({ container: "Old", field: "/x", value: 0, ifContainerExists: true }),
        ],
      }),
    }),
  ];
  const check = (existing: readonly string[], applied: readonly string[] = []) =>
    checkContainers(migrations, { existing: new Set(existing), records: applied.map((id) => record(id)) });
  assert.equal(check(["Users"]).status, "ok");
  assert.match(check([]).detail, /do not exist: "Users"$/);
  assert.equal(check([], ["1"]).status, "ok");
  assert.match(check([], ["1", "2"]).detail, /nothing is pending/);
  assert.equal(checkContainers([], { existing: new Set(), records: undefined }).status, "skipped");
});
