import { CosmigError, messageOf } from "../base/errors.ts";
import type { AccountConfiguration } from "../config/load_configuration.ts";
import { Secret } from "../config/secret.ts";
import { pathOf, reasonOf } from "../config/settings_file.ts";
import type { FaultRule, Seed } from "../emulator/mod.ts";
import type { Io } from "./io.ts";

/** A database that lives as long as the command. */
export interface EmbeddedDatabase extends AsyncDisposable {
  readonly account: AccountConfiguration;
}

/** First and last line of what is printed about it, so that nobody takes it for the real one. */
export const EMBEDDED_NOTICE = "EMBEDDED DATABASE: nothing outside this process is read or changed";

/** Starts the embedded database inside this process. */
export async function startEmbeddedDatabase(io: Io, seedFile: string | true): Promise<EmbeddedDatabase> {
  const { startEmulator } = await import("../emulator/mod.ts");
  const seed = seedFile === true ? EMPTY_SEED : await readSeed(io, seedFile);
  const emulator = await startEmulator({ seed });
  return {
    account: {
      endpoint: emulator.endpoint,
      credential: { kind: "key", key: new Secret(emulator.key) },
      database: seed.database ?? "cosmig",
      historyContainer: "__migrations",
      ca: undefined,
      endpointDiscovery: "off",
      preferredRegion: undefined,
      proxy: undefined,
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

const EMPTY_SEED: Seed = { database: "cosmig", containers: {} };

/** Reads what an embedded database starts with. @throws {CosmigError} with code `emulator` */
export async function readSeed(io: Io, file: string): Promise<Seed> {
  const { parseSeed } = await import("../emulator/mod.ts");
  return parseSeed(await readJson(io, { what: "seed", file }));
}

/** Reads what an embedded database is to fail at. @throws {CosmigError} with code `emulator` */
export async function readFaults(io: Io, file: string): Promise<readonly FaultRule[]> {
  const { parseFaults } = await import("../emulator/mod.ts");
  return parseFaults(await readJson(io, { what: "fault rules", file }));
}

async function readJson(
  io: Io,
  { what, file }: { readonly what: string; readonly file: string },
): Promise<unknown> {
  let text: string;
  try {
    text = await io.readText(pathOf(file));
  } catch (error) {
    throw new CosmigError("emulator", `Cannot read the ${what} "${file}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CosmigError(
      "emulator",
      `Cannot read the ${what} "${file}" as it is not JSON: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
