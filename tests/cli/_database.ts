import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";
import type { Registry } from "../../lib/definition/registry.ts";
import { runFake, type Transcript } from "./_run.ts";

/** A key that is not the public one, so that finding it anywhere is a fault. */
export const KEY = "cGxhbnRlZC1wbGFudGVkLXBsYW50ZWQtcGxhbnRlZA==";

/** A database with one container and two users, and a way to run commands against it. */
export interface TestDatabase extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly environment: Readonly<Record<string, string>>;
  run(
    line: string,
    options?: {
      readonly migrations?: Registry;
      readonly environment?: Record<string, string>;
      readonly columns?: number;
      readonly files?: Readonly<Record<string, string>>;
    },
  ): Promise<Transcript>;
}

/** Starts one. */
export async function startDatabase(options: EmulatorOptions = {}): Promise<TestDatabase> {
  const emulator = await startEmulator({
    ...options,
    key: KEY,
    seed: {
      database: "shop",
      containers: {
        Users: { partitionKey: "/id", documents: [{ id: "ada", name: "Ada" }, { id: "bob", name: "Bob" }] },
      },
    },
  });
  const environment = {
    CosmosDb__ConnectionString: emulator.connectionString,
    CosmosDb__DatabaseName: "shop",
  };
  return {
    emulator,
    environment,
    run: (line, options = {}) =>
      runFake(line.split(" "), { ...options, environment: { ...environment, ...options.environment } }),
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

/** Replaces what differs from run to run: times, durations, the address of the emulator. */
export function scrub(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, "<host>")
    .replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/g, "<time>")
    .replaceAll(/\b\d+(?:\.\d+)?(?:ms|s)\b/g, "<took>")
    .replaceAll(/ +<took>/g, " <took>")
    .replaceAll(/(?<=, )\d[\d .]* RU\b/g, "<n> RU")
    .replaceAll(/activity id [0-9a-f-]+/g, "activity id <id>");
}
