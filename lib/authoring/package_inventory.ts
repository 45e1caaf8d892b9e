import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CosmigError } from "../base/errors.ts";

/** Software of others that is in an executable or in its image. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** Package URL. */
  readonly purl: string;
  /** SPDX expression, where the package says one. */
  readonly licence: string | undefined;
  readonly homepage: string | undefined;
  /** Texts of licences and notices, as they are in the package. */
  readonly texts: readonly string[];
  /** Integrity of the package as in a lock file, `sha512-…`. */
  readonly integrity: string | undefined;
}

/**
 * The npm packages that files belong to, in the order of their names.
 *
 * @param sources absolute paths; those outside any `node_modules` are the project's own
 */
export async function packagesOf(
  sources: readonly string[],
  { integrities }: { readonly integrities: ReadonlyMap<string, string> },
): Promise<readonly ThirdParty[]> {
  const folders = new Set<string>();
  for (const source of sources.filter((path) => path.includes("/node_modules/"))) {
    folders.add(await packageFolderOf(source));
  }
  const packages = await Promise.all([...folders].map((folder) => readPackage(folder, { integrities })));
  return packages.toSorted((left, right) => left.purl < right.purl ? -1 : 1);
}

/** Reads what an npm package says of itself. */
export async function readPackage(
  folder: string,
  { integrities }: { readonly integrities: ReadonlyMap<string, string> },
): Promise<ThirdParty> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) throw new CosmigError("internal", `Cannot read the package in "${folder}"`);
  const { name, version } = manifest;
  const files = (await readdir(folder)).filter((file) =>
    /^(?:licen[cs]e|notice|copying|third.?party)/i.test(file)
  );
  return {
    name,
    version,
    purl: `pkg:npm/${name.replace(/^@/, "%40")}@${version}`,
    licence: manifest.licence,
    homepage: manifest.homepage,
    texts: await Promise.all(files.toSorted().map((file) => readFile(join(folder, file), "utf8"))),
    integrity: integrities.get(`${name}@${version}`),
  };
}

/** The digests of the packages in a lock file of Deno; none when there is no such file. */
export async function readIntegrities(lockFile: string): Promise<ReadonlyMap<string, string>> {
  const lock: unknown = JSON.parse(await readFile(lockFile, "utf8").catch(() => "{}"));
  const packages = record(record(lock)["npm"]);
  return new Map(
    Object.entries(packages).map(([key, facts]) => [
      // `name@version_peer@version`
      key.replace(/^(@?[^@]+@[^_]+)_.*$/, "$1"),
      String(record(facts)["integrity"] ?? ""),
    ]),
  );
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly licence: string | undefined;
  readonly homepage: string | undefined;
}

async function packageFolderOf(source: string): Promise<string> {
  for (let folder = dirname(source); folder.includes("/node_modules/"); folder = dirname(folder)) {
    if (await readManifest(folder) !== undefined) return folder;
  }
  throw new CosmigError("internal", `Cannot tell which package "${source}" belongs to`);
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { name, version, license, homepage } = record(JSON.parse(text));
  if (typeof name !== "string" || typeof version !== "string") return undefined;
  return {
    name,
    version,
    licence: typeof license === "string" ? license : undefined,
    homepage: typeof homepage === "string" ? homepage : undefined,
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
