/**
 * Shows the tool at work, as its user would start it: an embedded database in a process of its own, and the real commands against it.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { styleText } from "node:util";
import { isJsonObject, jsonEquals, type JsonObject } from "../lib/base/json.ts";

const ROOT = new URL("../", import.meta.url);
const SEED = "migrations/seed.json";
const { database } = JSON.parse(await readFile(new URL(SEED, ROOT), "utf8")) as { database: string };

/** What the database holds. */
interface State {
  /** By container and id. */
  readonly documents: ReadonlyMap<string, JsonObject>;
  /** The settings of each container that a sample changes. */
  readonly settings: ReadonlyMap<string, JsonObject>;
}

function startTool(
  args: readonly string[],
  options: { env?: Record<string, string>; pipe?: boolean } = {},
): ChildProcess {
  return spawn(process.execPath, ["run", "--allow-all", "--no-check", "main.ts", ...args], {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", options.pipe ? "pipe" : "inherit", "inherit"],
  });
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

/** Starts the embedded database. @returns how to reach it, once it says so */
function startDatabase(): Promise<{ child: ChildProcess; connectionString: string }> {
  const child = startTool(["emulator", "--port", "0", "--seed", SEED], { pipe: true });
  return new Promise((resolve, reject) => {
    let text = "";
    child.on("close", () => reject(new Error(`The embedded database did not start: ${text}`)));
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const connectionString = text.match(/CosmosDb__ConnectionString=["']?([^"'\s]+)/)?.[1];
      if (connectionString !== undefined) resolve({ child, connectionString });
    });
  });
}

async function readState(connectionString: string): Promise<State> {
  const endpoint = connectionString.match(/AccountEndpoint=([^;]+)/)?.[1] ?? "";
  const snapshot: JsonObject = await (await fetch(new URL("_emulator/snapshot", endpoint))).json();
  const containers = Object.entries(isJsonObject(snapshot["containers"]) ? snapshot["containers"] : {})
    .filter((entry): entry is [string, JsonObject] => entry[0] !== "__migrations" && isJsonObject(entry[1]));
  return {
    documents: new Map(
      containers.flatMap(([name, { documents }]) =>
        (Array.isArray(documents) ? documents.filter(isJsonObject) : []).map((
          document,
        ): [string, JsonObject] => [`${name}/${document["id"]}`, document])
      ),
    ),
    settings: new Map(containers.map(([name, { uniqueKeys, indexingPolicy }]) => [name, {
      uniqueKeys: uniqueKeys ?? [],
      compositeIndexes: isJsonObject(indexingPolicy) ? indexingPolicy["compositeIndexes"] ?? [] : [],
    }])),
  };
}

/** Prints what became of the documents and the settings: how many documents changed, and one example. */
function printChanges(before: State, after: State): void {
  const changed = [...after.documents].filter(([key, document]) =>
    !jsonEquals(before.documents.get(key), document)
  ).map(([key]) => key);
  console.log(
    `${changed.length} of ${after.documents.size} documents changed${
      changed.length > 0 ? ", for example:" : ""
    }`,
  );
  const [example] = changed;
  if (example !== undefined) {
    printDifference(example, [before.documents.get(example) ?? {}, after.documents.get(example) ?? {}]);
  }
  for (const [name, settings] of after.settings) {
    const old = before.settings.get(name) ?? {};
    if (!jsonEquals(old, settings)) printDifference(`the settings of ${name}`, [old, settings]);
  }
}

function printDifference(name: string, [old, current]: readonly [JsonObject, JsonObject]): void {
  console.log(`  ${name}`);
  for (const field of new Set([...Object.keys(old), ...Object.keys(current)])) {
    if (jsonEquals(old[field], current[field])) continue;
    if (old[field] !== undefined) {
      console.log(styleText("red", `  - ${field}: ${JSON.stringify(old[field])}`));
    }
    if (current[field] !== undefined) {
      console.log(styleText("green", `  + ${field}: ${JSON.stringify(current[field])}`));
    }
  }
}

const { child, connectionString } = await startDatabase();
const env = { CosmosDb__ConnectionString: connectionString, CosmosDb__DatabaseName: database };

async function run(...args: string[]): Promise<void> {
  console.log(styleText("bold", `\n$ cosmig ${args.join(" ")}`));
  const code = await ended(startTool(args, { env }));
  if (code !== 0) throw new Error(`cosmig ${args.join(" ")} ended with ${code}`);
}

try {
  console.log(
    `The embedded database listens at ${
      connectionString.match(/AccountEndpoint=([^;]+)/)?.[1]
    }, with the documents of ${SEED}.`,
  );
  const start = await readState(connectionString);
  await run("plan");
  await run("up", "--init", "--allow-offline");
  const migrated = await readState(connectionString);
  printChanges(start, migrated);
  await run("status");
  await run("rollback", "--steps", "2", "--allow-offline");
  printChanges(migrated, await readState(connectionString));
  await run("up", "--allow-offline");
  printChanges(migrated, await readState(connectionString));
  await run("up");
  await run("status", "--check");
} finally {
  child.removeAllListeners("close");
  child.kill("SIGTERM");
}
