/**
 * How the peers do it, with the SDK and nothing else. The argument says which:
 *
 * - `upsert-all`: all documents into memory, then 100 upserts at a time, each a call of its own: what the helper of Cosmigrator says;
 * - `bulk-all`: the same 100 at a time as bulk requests, one for each range: what the .NET SDK makes of that with `AllowBulkExecution`;
 * - `one-by-one`: only the documents that need it, each replaced on its own.
 *
 * @module
 */
import process from "node:process";
import { BulkOperationType, type Container, CosmosClient, type ItemDefinition } from "@azure/cosmos";

const AT_ONCE = 100;

const client = new CosmosClient({
  endpoint: process.env["BENCH_ENDPOINT"] ?? "",
  key: process.env["BENCH_KEY"] ?? "",
  connectionPolicy: { enableEndpointDiscovery: false },
});
const container = client.database(process.env["BENCH_DATABASE"] ?? "").container("Items");

const BASELINES: Readonly<Record<string, () => Promise<void>>> = {
  "upsert-all": async () => {
    await inChunks(await readAll("SELECT * FROM c"), async (chunk) => {
      await Promise.all(chunk.map((document) => container.items.upsert({ ...document, migrated: true })));
    });
  },
  "bulk-all": async () => {
    const keyName = await partitionKeyName(container);
    await inChunks(await readAll("SELECT * FROM c"), async (chunk) => {
      const answers = await container.items.bulk(chunk.map((document) => ({
        operationType: BulkOperationType.Upsert,
        partitionKey: document[keyName],
        resourceBody: { ...document, migrated: true },
      })));
      const refused = answers.find(({ statusCode }) => statusCode >= 300);
      if (refused !== undefined) throw new Error(`A document was refused with ${refused.statusCode}`);
    });
  },
  "one-by-one": async () => {
    const keyName = await partitionKeyName(container);
    for (const document of await readAll("SELECT * FROM c WHERE NOT IS_DEFINED(c.migrated)")) {
      await container.item(String(document.id), document[keyName]).replace({ ...document, migrated: true });
    }
  },
};

async function readAll(query: string): Promise<ItemDefinition[]> {
  return (await container.items.query<ItemDefinition>(query).fetchAll()).resources;
}

async function inChunks(
  documents: readonly ItemDefinition[],
  write: (chunk: readonly ItemDefinition[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < documents.length; at += AT_ONCE) await write(documents.slice(at, at + AT_ONCE));
}

async function partitionKeyName(container: Container): Promise<string> {
  const { resource } = await container.read();
  return resource?.partitionKey?.paths[0]?.slice(1) ?? "id";
}

await BASELINES[process.argv[2] ?? ""]?.();
process.exit(0);
