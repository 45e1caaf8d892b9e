import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatMigrationFileName,
  isMigrationId,
  newMigrationId,
  parseMigrationFileName,
} from "../../../lib/definition/migration_id.ts";

Deno.test("isMigrationId() takes any six digits after a date that exists", () => {
  for (const id of ["20240101_000001", "20240229_235959", "20241231_999999", "19990131_000000"]) {
    assert.ok(isMigrationId(id), id);
  }
  const wrong = ["20230229_000001", "20241301_000001", "20240100_000001", "2024101_000001", "20240101_00001"];
  for (const id of [...wrong, "20240101-000001", "20240101_000001_x", "00000101_000001", ""]) {
    assert.ok(!isMigrationId(id), id);
  }
});

Deno.test("parseMigrationFileName() is undone by formatMigrationFileName()", () => {
  const fileName = "20240101_090000_denormalise_products.ts";
  const parsed = parseMigrationFileName(fileName);
  assert.deepEqual(parsed, { id: "20240101_090000", name: "denormalise_products" });
  assert.equal(formatMigrationFileName({ id: "20240101_090000", name: "denormalise_products" }), fileName);
  for (
    const other of [
      "mod.ts",
      "20240101_090000.ts",
      "20240231_090000_x.ts",
      "20240101_090000_x.js",
      "x_20240101_090000_x.ts",
    ]
  ) {
    assert.equal(parseMigrationFileName(other), undefined, other);
  }
});

Deno.test("newMigrationId() is the time in UTC", () => {
  assert.equal(newMigrationId(Date.UTC(2024, 1, 29, 9, 5, 7, 999)), "20240229_090507");
  assert.equal(newMigrationId(Date.UTC(2024, 1, 29, 9, 5, 7), "20240229_090506"), "20240229_090507");
});

Deno.test("newMigrationId() always is an id that sorts after the newest", () => {
  const id = fc.tuple(
    fc.date({ min: new Date("1970-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
    fc.nat(999_999),
  )
    .map(([date, number]) =>
      `${date.toISOString().slice(0, 10).replaceAll("-", "")}_${String(number).padStart(6, "0")}`
    );
  fc.assert(fc.property(fc.nat(4_000_000_000_000), id, (wallMs, newest) => {
    const made = newMigrationId(wallMs, newest);
    assert.ok(isMigrationId(made), made);
    assert.ok(made > newest, `${made} after ${newest}`);
  }));
  assert.equal(newMigrationId(0, "20241231_999999"), "20250101_000000");
});
