/**
 * The conformance suite against implementations of the service: the embedded database or the endpoint of COSMIG_CONFORMANCE_ENDPOINT and
 * COSMIG_CONFORMANCE_KEY, which must conform; one that is known to deviate, which must deviate exactly as recorded, so that the suite is seen to fail;
 * and the vendor's emulator where it can be had.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { networkInterfaces } from "node:os";
import net from "node:net";
import process from "node:process";
import type { JsonValue } from "../../lib/base/json.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { describeCitation } from "./cosmos/citation.ts";
import type { Endpoint } from "./cosmos/endpoint.ts";
import vercel from "./cosmos/known_deviations/vercel_cosmosdb_server.json" with { type: "json" };
import { openEndpoint } from "./cosmos/open_endpoint.ts";
import { type Finding, runSuite } from "./cosmos/run_suite.ts";
import { SUITE } from "./cosmos/suite.ts";
import { renderTable } from "./cosmos/table.ts";
import { openVercelEndpoint } from "./cosmos/vercel_endpoint.ts";

const VENDOR_IMAGE = process.env["COSMIG_VENDOR_EMULATOR_IMAGE"] ??
  "mcr.microsoft.com/cosmosdb/linux/azure-cosmos-emulator:vnext-latest";

/** The SDK leaves timers of its own behind. */
const LENIENT = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "the suite conforms at the embedded database, or at the endpoint that the environment names",
  ...LENIENT,
  async fn() {
    await using endpoint = await openEndpoint(process.env);
    const findings = await runSuite(SUITE, endpoint);
    const isEmbedded = endpoint.name === "embedded";
    if (!isEmbedded) console.log(await renderTable(endpoint.name, findings));
    // An endpoint of others may lack the means for a check; the embedded database has them all.
    const failures = findings.filter(({ verdict }) =>
      verdict === "deviates" || (isEmbedded && verdict === "unobservable")
    );
    assert.equal(failures.length, 0, await renderTable(endpoint.name, findings, { only: "deviations" }));
  },
});

Deno.test({
  name: "the suite finds at @vercel/cosmosdb-server exactly the recorded deviations",
  ...LENIENT,
  async fn() {
    await using endpoint = await openVercelEndpoint();
    const findings = await runSuite(SUITE, endpoint, { concurrency: 12 });
    assert.deepEqual(deviationsOf(findings), vercel.deviations);
    assert.ok(findings.length - Object.keys(vercel.deviations).length > 100, "most of the rest conforms");
  },
});

Deno.test("the suite has one check of each name, and each cites a page or a line of the SDK", async () => {
  const names = SUITE.map(({ name }) => name);
  assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
  for (const { cites } of SUITE) {
    assert.match(
      await describeCitation(cites),
      /^https:\/\/|^@azure\/cosmos [\d.]+ .+:\d+$|^docs\/emulator\.md$/,
    );
  }
});

Deno.test("the embedded database listens at 127.0.0.1 only, unless told otherwise", async () => {
  const others = Object.values(networkInterfaces()).flatMap((all) => all ?? []).filter(({ internal }) =>
    !internal
  );
  await using emulator = await startEmulator();
  const port = Number(new URL(emulator.endpoint).port);
  assert.equal(await connects("127.0.0.1", port), true);
  for (const { address } of others.filter(({ family }) => family === "IPv4")) {
    assert.equal(await connects(address, port), false, address);
  }
  await using open = await startEmulator({ hostname: "0.0.0.0" });
  for (const { address } of others.filter(({ family }) => family === "IPv4")) {
    assert.equal(await connects(address, Number(new URL(open.endpoint).port)), true, address);
  }
});

const reason = whyNoVendorEmulator();
Deno.test({
  name: `the suite runs against the vendor's emulator and prints what deviates${
    reason === undefined ? "" : ` (skipped: ${reason})`
  }`,
  ignore: reason !== undefined,
  ...LENIENT,
  async fn() {
    const { AzureCosmosDbEmulatorContainer } = await loadTestcontainers();
    const container = await new AzureCosmosDbEmulatorContainer(VENDOR_IMAGE).withProtocol("http").start();
    try {
      const endpoint: Endpoint = {
        name: VENDOR_IMAGE,
        endpoint: container.getEndpoint(),
        key: container.getKey(),
        async [Symbol.asyncDispose]() {},
      };
      const findings = await runSuite(SUITE, endpoint, { concurrency: 4 });
      console.log(await renderTable(endpoint.name, findings, { only: "deviations" }));
      assert.ok(
        findings.some(({ verdict }) => verdict === "conforms"),
        "nothing conforms: it was not reached",
      );
    } finally {
      await container.stop();
    }
  },
});

/** The part of `@testcontainers/azure-cosmosdb-emulator` that is used. */
interface Testcontainers {
  readonly AzureCosmosDbEmulatorContainer: new (image: string) => VendorContainer;
}

interface VendorContainer {
  withProtocol(protocol: "http" | "https"): VendorContainer;
  start(): Promise<{ getEndpoint(): string; getKey(): string; stop(): Promise<unknown> }>;
}

/** Its own types bring an old `@types/node` that would take the place of the types of this runtime. */
function loadTestcontainers(): Promise<Testcontainers> {
  const name: string = "@testcontainers/azure-cosmosdb-emulator";
  return import(name);
}

/** What was got instead, by check. */
function deviationsOf(findings: readonly Finding[]): Record<string, JsonValue> {
  return Object.fromEntries(
    findings.flatMap(({ check, got, verdict }) => verdict === "conforms" ? [] : [[check.name, got]]),
  );
}

/** Asks Docker for the image without pulling it. */
function whyNoVendorEmulator(): string | undefined {
  try {
    execFileSync("docker", ["image", "inspect", VENDOR_IMAGE], { stdio: "ignore", timeout: 10_000 });
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing ? "there is no Docker" : `Docker does not have the image ${VENDOR_IMAGE}`;
  }
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.on("connect", () => end(true));
    socket.on("error", () => end(false));
  });
}
