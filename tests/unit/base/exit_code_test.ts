import assert from "node:assert/strict";
import {
  ConfigurationError,
  ConflictError,
  CosmigError,
  CosmosError,
  InterruptedError,
  LeaseHeldError,
  LeaseLostError,
  RegistryError,
  TemporaryError,
  TimeoutError,
} from "../../../lib/base/errors.ts";
import { exitCodeOf } from "../../../lib/base/exit_code.ts";

function answer(
  status: number,
  options: { retryable?: boolean; missing?: string; substatus?: number } = {},
): CosmosError {
  const { retryable = false, missing, substatus } = options;
  return new CosmosError("refused", { status, substatus, operation: "read", retryable, ambiguous: false }, {
    details: missing === undefined ? {} : { missing },
  });
}

Deno.test("exitCodeOf() gives each situation the code of the table", () => {
  const table: readonly [unknown, number][] = [
    [new CosmigError("migration-failed", "x"), 1],
    [new CosmigError("documents-failed", "x"), 1],
    [new CosmigError("operation-refused", "x"), 1],
    [new CosmigError("usage", "x"), 2],
    [new ConfigurationError([{ setting: "a", source: "b", message: "c" }]), 2],
    [new RegistryError("x"), 2],
    [new CosmigError("ledger-unusable", "x"), 2],
    [new CosmigError("resource-missing", "x"), 2],
    [new CosmigError("emulator", "x"), 2],
    [new ConflictError("drift", "x"), 3],
    [new ConflictError("refused", "x"), 3],
    [new ConflictError("unknown-history", "x"), 3],
    [new CosmigError("check-failed", "x"), 4],
    [new LeaseHeldError("x"), 75],
    [new LeaseLostError(3, "x"), 75],
    [new TimeoutError("x"), 75],
    [new TemporaryError("x"), 75],
    [new InterruptedError("SIGINT"), 130],
    [new InterruptedError("SIGTERM"), 143],
    [new CosmigError("internal", "x"), 1],
  ];
  for (const [error, code] of table) assert.equal(exitCodeOf(error), code, String(error));
});

Deno.test("exitCodeOf() takes a refused credential for temporary, since roles and secrets arrive late", () => {
  assert.equal(exitCodeOf(answer(401)), 75);
  assert.equal(exitCodeOf(answer(403)), 75);
  assert.equal(exitCodeOf(answer(403, { substatus: 5301 })), 75);
});

Deno.test("exitCodeOf() takes what no token can do on the data plane for configuration, which no retry mends", () => {
  assert.equal(exitCodeOf(answer(403, { substatus: 5300 })), 2);
});

Deno.test("exitCodeOf() tells a missing database or container from a missing document", () => {
  assert.equal(exitCodeOf(answer(404, { missing: "database" })), 2);
  assert.equal(exitCodeOf(answer(404, { missing: "container" })), 2);
  assert.equal(exitCodeOf(answer(404)), 1);
});

Deno.test("exitCodeOf() takes an answer that may be another one next time for temporary", () => {
  assert.equal(exitCodeOf(answer(503, { retryable: true })), 75);
  assert.equal(exitCodeOf(answer(0, { retryable: true })), 75);
  assert.equal(exitCodeOf(answer(400)), 1);
});

Deno.test("exitCodeOf() takes anything unexpected for a failure, never for success", () => {
  for (const thrown of [new TypeError("x"), "text", undefined, null, 0]) assert.equal(exitCodeOf(thrown), 1);
});
