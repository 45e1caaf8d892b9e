/**
 * Runs the conformance suite and prints a table: check, expected, got. Against the embedded database, or the endpoint that
 * COSMIG_CONFORMANCE_ENDPOINT and COSMIG_CONFORMANCE_KEY name; ends with 1 when something deviates.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import process from "node:process";
import { openEndpoint } from "./open_endpoint.ts";
import { runSuite } from "./run_suite.ts";
import { SUITE } from "./suite.ts";
import { renderTable } from "./table.ts";

await using endpoint = await openEndpoint(process.env);
const findings = await runSuite(SUITE, endpoint);
console.log(await renderTable(endpoint.name, findings));
process.exitCode = findings.some(({ verdict }) => verdict === "deviates") ? 1 : 0;
