import { ConfigurationError, type ConfigurationIssue } from "../../../lib/base/errors.ts";
import { type ConfigurationInput, loadConfiguration } from "../../../lib/config/load_configuration.ts";

/** A key that is valid base64 and easy to find in a text. */
export const KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";
export const ENDPOINT = "https://shop.documents.azure.com:443/";
export const CONNECTION_STRING = `AccountEndpoint=${ENDPOINT};AccountKey=${KEY};`;

/** Variables of a configuration without problems. */
export const COMPLETE = { CosmosDb__ConnectionString: CONNECTION_STRING, CosmosDb__DatabaseName: "shop" };

/** Input with files that exist only here. */
export function input(
  options: Partial<Omit<ConfigurationInput, "readText">> & {
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): ConfigurationInput {
  const { files = {}, ...rest } = options;
  return {
    flags: {},
    environment: COMPLETE,
    onSecret: () => {},
    readText: (path) => {
      const text = files[path];
      if (text !== undefined) return Promise.resolve(text);
      return Promise.reject(Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" }));
    },
    ...rest,
  };
}

/** The problems that an input has. */
export async function issuesOf(given: ConfigurationInput): Promise<readonly ConfigurationIssue[]> {
  try {
    await loadConfiguration(given);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues;
    throw error;
  }
}
