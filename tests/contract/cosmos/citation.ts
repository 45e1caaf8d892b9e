import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Where a check has its expectation from. */
export type Citation =
  /** A page that says so. */
  | { readonly kind: "page"; readonly url: string }
  /** A line of the SDK that relies on it, found by a text that the file has once. */
  | { readonly kind: "sdk"; readonly file: string; readonly text: string };

/** A page of the REST reference of the service. */
export function rest(name: string): Citation {
  return page(`https://learn.microsoft.com/rest/api/cosmos-db/${name}`);
}

/** An article of the service's guide. */
export function guide(name: string): Citation {
  return page(`https://learn.microsoft.com/azure/cosmos-db/${name}`);
}

/** A page of the query language's reference. */
export function language(name: string): Citation {
  return guide(`nosql/query/${name}`);
}

/** A thread in which the vendor's developers explain, or users show, what the service does. */
export function thread(name: string): Citation {
  return page(`https://github.com/${name.replace("#", "/issues/")}`);
}

/** The table of statuses and substatuses that the vendor keeps with the Java SDK. */
export const STATUS_CODES: Citation = page(
  "https://github.com/Azure/azure-sdk-for-java/blob/main/sdk/cosmos/azure-cosmos/docs/StatusCodes.md",
);

/** The description of a range in the vendor's Java client. */
export const JAVA_RANGE: Citation = page(
  "https://learn.microsoft.com/java/api/com.microsoft.azure.cosmosdb.partitionkeyrange",
);

/** What this project decided where the service promises nothing: charges, the test clock. */
export const OWN: Citation = page("docs/emulator.md");

/** A line of `@azure/cosmos`, by a text that it has. */
export function sdk(file: string, text: string): Citation {
  return { kind: "sdk", file, text };
}

/**
 * A citation as text; for the SDK with version and line number.
 *
 * @throws {Error} when the SDK has no such line any more, or several
 */
export async function describeCitation(citation: Citation): Promise<string> {
  if (citation.kind === "page") return citation.url;
  const { root, version } = await sdkPackage();
  const lines = (await readFile(join(root, "dist/esm", citation.file), "utf8")).split("\n");
  const found = lines.flatMap((line, at) => line.includes(citation.text) ? [at + 1] : []);
  if (found.length !== 1) {
    throw new Error(
      `Cannot cite "${citation.text}" of ${citation.file} as one line of the SDK: current value is ${found.length} lines`,
    );
  }
  return `@azure/cosmos ${version} ${citation.file}:${found[0]}`;
}

function page(url: string): Citation {
  return { kind: "page", url };
}

async function sdkPackage(): Promise<{ readonly root: string; readonly version: string }> {
  // The entry point is dist/<format>/index.js; package.json is not among the exports of the package.
  const entry = createRequire(import.meta.url).resolve("@azure/cosmos");
  const root = dirname(dirname(dirname(entry)));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return { root, version };
}
