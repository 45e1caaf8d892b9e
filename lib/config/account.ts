import type { ConfigurationIssue } from "../base/errors.ts";
import {
  normaliseEndpoint,
  parseConnectionString,
  problemsOfEndpoint,
  problemsOfKey,
} from "./connection_string.ts";
import type { Found } from "./layer.ts";
import type { Resolved, ResolvedSettings } from "./resolve.ts";
import { Secret } from "./secret.ts";

/** How to sign in. */
export type Credential =
  | { readonly kind: "key"; readonly key: Secret }
  /** Microsoft Entra ID. */
  | { readonly kind: "entra" };

/** Where the account is and how to sign in. */
export interface AccountAddress {
  readonly endpoint: string;
  readonly credential: Credential;
}

/** The outcome of {@linkcode resolveAccount}. */
export interface ResolvedAccount {
  /** `undefined` when there are issues. */
  readonly address: AccountAddress | undefined;
  readonly issues: readonly ConfigurationIssue[];
  readonly warnings: readonly string[];
}

/**
 * Decides between a connection string and an endpoint with a key. What has the higher precedence wins as a
 * whole, so that a key never goes to an endpoint that somebody else named; two of the same precedence have to
 * agree.
 */
export function resolveAccount(settings: ResolvedSettings): ResolvedAccount {
  const connectionString = settings.get("connectionString");
  const endpoint = settings.get("endpoint");
  const key = settings.get("accountKey");
  const separate = endpoint ?? key;
  if (connectionString === undefined) {
    return separate === undefined ? missingAccount() : fromEndpoint(endpoint, key, separate);
  }
  const rank = Math.min(endpoint?.rank ?? Infinity, key?.rank ?? Infinity);
  if (rank < connectionString.rank) return fromEndpoint(endpoint, key, connectionString);
  const sameRank = (found: Resolved | undefined) => found?.rank === connectionString.rank ? found : undefined;
  return fromConnectionString(connectionString, { endpoint: sameRank(endpoint), key: sameRank(key) });
}

function fromConnectionString(
  found: Resolved,
  others: { readonly endpoint: Found | undefined; readonly key: Found | undefined },
): ResolvedAccount {
  const parsed = parseConnectionString(found.text);
  if (parsed.kind === "wrong") {
    return {
      address: undefined,
      issues: parsed.problems.map((problem) => issueOf(found, problem)),
      warnings: [],
    };
  }
  const { endpoint, key, ignored } = parsed.value;
  const issues: ConfigurationIssue[] = [];
  const contradiction = `contradicts ${found.setting}, which has another value`;
  if (others.endpoint !== undefined && normaliseEndpoint(others.endpoint.text) !== endpoint) {
    issues.push(issueOf(others.endpoint, contradiction));
  }
  if (others.key !== undefined && others.key.text !== key.reveal()) {
    issues.push(issueOf(others.key, contradiction));
  }
  return finish({ endpoint, credential: { kind: "key", key } }, {
    issues,
    warnings: ignored.map((name) => `The part "${name}" of ${found.setting} has no effect`),
  });
}

function fromEndpoint(
  endpoint: Resolved | undefined,
  key: Resolved | undefined,
  given: Found,
): ResolvedAccount {
  const issues: ConfigurationIssue[] = [];
  if (endpoint === undefined) {
    issues.push({
      setting: "CosmosDb__AccountEndpoint",
      source: `needed by ${given.setting}`,
      message: "is missing",
    });
  } else issues.push(...problemsOfEndpoint(endpoint.text).map((problem) => issueOf(endpoint, problem)));
  if (key !== undefined) issues.push(...problemsOfKey(key.text).map((problem) => issueOf(key, problem)));
  if (endpoint !== undefined && key === undefined && /^http:/i.test(endpoint.text)) {
    issues.push(
      issueOf(
        endpoint,
        "has to begin with https:// as there is no account key: an access token is sent over TLS only",
      ),
    );
  }
  return finish({
    endpoint: normaliseEndpoint(endpoint?.text ?? ""),
    credential: key === undefined ? { kind: "entra" } : { kind: "key", key: new Secret(key.text) },
  }, { issues, warnings: [] });
}

function missingAccount(): ResolvedAccount {
  const issue = {
    setting: "CosmosDb__ConnectionString",
    source: "not set",
    message: "is missing; give a connection string, or CosmosDb__AccountEndpoint with CosmosDb__AccountKey",
  };
  return { address: undefined, issues: [issue], warnings: [] };
}

function finish(
  address: AccountAddress,
  found: Pick<ResolvedAccount, "issues" | "warnings">,
): ResolvedAccount {
  if (found.issues.length > 0) return { address: undefined, ...found };
  const { protocol, hostname } = new URL(address.endpoint);
  const plain = protocol === "http:" && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
    ? ["The endpoint begins with http://, so documents travel without encryption"]
    : [];
  return { address, issues: [], warnings: [...found.warnings, ...plain] };
}

function issueOf({ setting, source }: Found, message: string): ConfigurationIssue {
  return { setting, source, message };
}
