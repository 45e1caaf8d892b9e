import type { ConfigurationIssue } from "../base/errors.ts";
import type { Found, Layer, LayerKey } from "./layer.ts";
import { nearest } from "./nearest.ts";
import { SETTINGS } from "./settings.ts";

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that are read before the configuration is. */
export type EarlyVariable =
  | "COSMIG_CONFIG"
  | "COSMIG_ENV"
  | "COSMIG_LOG_FORMAT"
  | "COSMIG_TERMINATION_MESSAGE_PATH";

const EARLY_VARIABLES: readonly string[] = [
  "COSMIG_CONFIG",
  "COSMIG_ENV",
  "COSMIG_TERMINATION_MESSAGE_PATH",
] satisfies EarlyVariable[];

/** What Kubernetes sets for each Service, here for one that is called "cosmig" or "cosmig-something". */
const SERVICE_LINK_REGEXP =
  /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/** What the environment says: names in any case, `:` like `__`, an empty text is no value. */
export function readEnvironment(environment: Environment): Layer {
  const names = namesOfSettings();
  const values = new Map<LayerKey, Found>();
  const issues: ConfigurationIssue[] = [];
  const warnings: string[] = [];
  for (
    const [variable, text] of Object.entries(environment).sort(([left], [right]) => left < right ? -1 : 1)
  ) {
    if (text === undefined || text === "") continue;
    const key = names.get(normalise(variable));
    if (key === undefined) {
      warnings.push(...warningsAbout(variable));
      continue;
    }
    const other = values.get(key);
    if (other === undefined) values.set(key, { text, setting: variable, source: "environment" });
    else if (other.text !== text) {
      issues.push({
        setting: variable,
        source: "environment",
        message: `contradicts ${other.setting}, which has another value`,
      });
    }
  }
  return { values, issues, warnings };
}

/** A variable that is read before the configuration is; in any case, an empty text is no value. */
export function readEarlyVariable(environment: Environment, name: EarlyVariable): string | undefined {
  const found = Object.keys(environment).find((variable) =>
    variable.toUpperCase() === name && environment[variable]
  );
  return found && environment[found];
}

function namesOfSettings(): ReadonlyMap<string, LayerKey> {
  const names = new Map<string, LayerKey>([["https_proxy", "httpsProxy"], ["no_proxy", "noProxy"]]);
  for (const setting of SETTINGS) {
    for (const name of [setting.variable, setting.path.join("__")]) {
      names.set(normalise(name), setting.key);
      if (setting.fromFile) names.set(normalise(`${name}File`), `${setting.key}File`);
    }
  }
  return names;
}

function normalise(variable: string): string {
  return variable.replaceAll(":", "__").toLowerCase();
}

/** An unknown variable may be a typo, which would silently be the default. */
function warningsAbout(variable: string): string[] {
  const name = variable.toUpperCase();
  if (normalise(variable).startsWith("cosmosdb__")) return warningsAboutAccount(variable);
  if (!name.startsWith("COSMIG_") || SERVICE_LINK_REGEXP.test(name) || EARLY_VARIABLES.includes(name)) {
    return [];
  }
  const prefix = "COSMIG_";
  const known = SETTINGS.map((setting) => setting.variable).filter((candidate) =>
    candidate.startsWith(prefix)
  );
  // Without what they all have in common, which would make every name look near.
  const suggestion = nearest(
    name.slice(prefix.length),
    known.map((candidate) => candidate.slice(prefix.length)),
  );
  return [
    `The variable ${variable} is not a setting and has no effect${
      suggestion === undefined
        ? "; selectors and overrides are flags only"
        : `; did you mean ${prefix}${suggestion}?`
    }`,
  ];
}

/** Applications have settings of their own in that section, so that only what is nearly one of ours is a typo. */
function warningsAboutAccount(variable: string): string[] {
  const known = SETTINGS.filter(({ path }) => path[0] === "CosmosDb").map(({ path }) => path[1]);
  const suggestion = nearest(normalise(variable).slice("cosmosdb__".length), known);
  return suggestion === undefined
    ? []
    : [`The variable ${variable} is not a setting and has no effect; did you mean CosmosDb__${suggestion}?`];
}
