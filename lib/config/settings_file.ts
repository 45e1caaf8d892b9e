import { fileURLToPath } from "node:url";
import type { ConfigurationIssue } from "../base/errors.ts";
import { EMPTY_LAYER, type Found, type Layer, type LayerKey } from "./layer.ts";
import { type LocatedJson, LocatedJsonError, type LocatedMember, parseLocatedJson } from "./located_json.ts";
import { nearest } from "./nearest.ts";
import { SETTINGS } from "./settings.ts";

/** Reads files; injected. */
export type ReadText = (path: string) => Promise<string>;

/** Which file, and which of its environments. */
export interface FileChoice {
  /** A path or a `file:` URL. */
  readonly file: string;
  /** Where the name of the file came from. */
  readonly fileFrom: string;
  /** Laid over the top level. */
  readonly environment?: string | undefined;
  readonly environmentFrom?: string | undefined;
}

const SECTIONS = ["CosmosDb", "Cosmig"] as const;

/** What a settings file says. Sections of others (`Logging`) are none of our business. */
export async function readSettingsFile(choice: FileChoice, readText: ReadText): Promise<Layer> {
  const { file, fileFrom } = choice;
  const fail = (message: string, source = fileFrom): Layer => ({
    ...EMPTY_LAYER,
    issues: [{ setting: file, source, message }],
    isUnreadable: true,
  });
  let root: LocatedJson;
  try {
    root = parseLocatedJson(await readText(pathOf(file)));
  } catch (error) {
    if (error instanceof LocatedJsonError) return fail(error.message, `line ${error.line}`);
    return fail(`cannot be read: ${reasonOf(error)}`);
  }
  if (root.kind !== "object") return fail("has to be a JSON object", `line ${root.line}`);

  const base = readSections(root, { file, prefix: "" });
  if (choice.environment === undefined) return base;
  const overlay = readEnvironmentSection(root, { ...choice, environment: choice.environment });
  return {
    values: new Map([...base.values, ...overlay.values]),
    issues: [...base.issues, ...overlay.issues],
    warnings: [...base.warnings, ...overlay.warnings],
  };
}

/** The path of a file that may be given as a `file:` URL. @throws {TypeError} when the URL names no file */
export function pathOf(file: string): string {
  return /^file:/i.test(file) ? fileURLToPath(file) : file;
}

/** Why a file cannot be read, without the stack of words that a runtime puts around it. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EISDIR":
      return "it is a directory";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function readEnvironmentSection(
  root: LocatedJson,
  { file, environment, environmentFrom = "flag" }: FileChoice & { readonly environment: string },
): Layer {
  const environments = memberOf(root, "Environments");
  const chosen = environments && memberOf(environments, environment);
  if (chosen !== undefined) return readSections(chosen, { file, prefix: `Environments:${environment}:` });
  const names = environments?.kind === "object" ? environments.members.map(({ name }) => name) : [];
  const known = names.length === 0 ? "the file has no Environments" : `the file has ${names.join(", ")}`;
  return {
    values: new Map(),
    issues: [{
      setting: environmentFrom === "flag" ? "--env" : environmentFrom,
      source: file,
      message: `there is no environment "${environment}": ${known}`,
    }],
    warnings: [],
  };
}

function readSections(root: LocatedJson, at: { readonly file: string; readonly prefix: string }): Layer {
  const values = new Map<LayerKey, Found>();
  const issues: ConfigurationIssue[] = [];
  const warnings: string[] = [];
  for (const section of SECTIONS) {
    const [member, second] = membersOf(root, section);
    if (member === undefined) continue;
    const where = { setting: `${at.prefix}${section}` };
    if (second !== undefined) {
      issues.push({ ...where, source: `${at.file}, line ${second.line}`, message: "is there twice" });
    }
    const object = member.value;
    if (object.kind !== "object") {
      issues.push({ ...where, source: `${at.file}, line ${member.line}`, message: "has to be an object" });
      continue;
    }
    const names = namesIn(section);
    for (const { name, line, value } of object.members) {
      const setting = `${at.prefix}${section}:${name}`;
      const source = `${at.file}, line ${line}`;
      const key = names.get(name.toLowerCase());
      if (key === undefined) {
        const suggestion = nearest(name, [...names.keys()].map((known) => spellingOf(section, known)));
        warnings.push(
          `${setting} (${source}) is not a setting and has no effect${
            suggestion === undefined ? "" : `; did you mean ${suggestion}?`
          }`,
        );
      } else if (value.kind !== "scalar") {
        issues.push({ setting, source, message: "has to be a text or a number" });
      } else if (values.has(key)) {
        issues.push({ setting, source, message: "is there twice" });
      } else if (value.value !== null && value.value !== "") {
        values.set(key, { text: String(value.value), setting, source });
      }
    }
  }
  return { values, issues, warnings };
}

function namesIn(section: typeof SECTIONS[number]): ReadonlyMap<string, LayerKey> {
  const names = new Map<string, LayerKey>();
  for (const setting of SETTINGS) {
    if (setting.path[0] !== section) continue;
    names.set(setting.path[1].toLowerCase(), setting.key);
    if (setting.fromFile) names.set(`${setting.path[1]}file`.toLowerCase(), `${setting.key}File`);
  }
  return names;
}

function spellingOf(section: string, lower: string): string {
  const setting = SETTINGS.find(({ path }) => path[0] === section && path[1].toLowerCase() === lower);
  return setting?.path[1] ?? lower;
}

function memberOf(value: LocatedJson, name: string): LocatedJson | undefined {
  return membersOf(value, name)[0]?.value;
}

function membersOf(value: LocatedJson, name: string): readonly LocatedMember[] {
  if (value.kind !== "object") return [];
  return value.members.filter((member) => member.name.toLowerCase() === name.toLowerCase());
}
