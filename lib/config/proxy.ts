import type { ConfigurationIssue } from "../base/errors.ts";
import type { ResolvedSettings } from "./resolve.ts";
import { Secret } from "./secret.ts";

/** A proxy for HTTPS; its URL may hold a password. */
export interface Proxy {
  readonly url: Secret;
  readonly noProxy: string | undefined;
}

/** What `HTTPS_PROXY` and `NO_PROXY` say. */
export function resolveProxy(
  settings: ResolvedSettings,
): { readonly proxy: Proxy | undefined; readonly issues: readonly ConfigurationIssue[] } {
  const found = settings.get("httpsProxy");
  if (found === undefined) return { proxy: undefined, issues: [] };
  const url = URL.parse(found.text.includes("://") ? found.text : `http://${found.text}`);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const { setting, source } = found;
    return {
      proxy: undefined,
      issues: [{ setting, source, message: "has to be a URL such as http://proxy:8080" }],
    };
  }
  return { proxy: { url: new Secret(url.href), noProxy: settings.get("noProxy")?.text }, issues: [] };
}
