/**
 * What the start of the tool is measured against: the two requests that find nothing to do, with the SDK and nothing else.
 *
 * @module
 */
import process from "node:process";
import { CosmosClient } from "@azure/cosmos";

const client = new CosmosClient({
  endpoint: process.env["BARE_ENDPOINT"] ?? "",
  key: process.env["BARE_KEY"] ?? "",
  consistencyLevel: "Session",
  connectionPolicy: { enableEndpointDiscovery: false },
});
await client.getDatabaseAccount();
const history = client.database(process.env["BARE_DATABASE"] ?? "").container("__migrations");
const { statusCode } = await history.item("lease", "default").read();
process.stdout.write(`${statusCode}\n`);
process.exitCode = statusCode === 200 ? 0 : 1;
