import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { ThirdParty } from "./package_inventory.ts";
import type { SharedLibrary } from "./shared_libraries.ts";

const DATABASE = "/var/lib/dpkg";

/** The Debian packages that files belong to, in the order of their names; none on another system. */
export async function debianPackagesOf(libraries: readonly SharedLibrary[]): Promise<readonly ThirdParty[]> {
  const lists = (await readdir(join(DATABASE, "info")).catch(() => [])).filter((file) =>
    file.endsWith(".list")
  );
  if (lists.length === 0) return [];
  const status = await readFile(join(DATABASE, "status"), "utf8");
  const paths = await Promise.all(libraries.map(({ path }) => spellingsOf(path)));
  const found: ThirdParty[] = [];
  for (const list of lists.toSorted()) {
    const files = new Set((await readFile(join(DATABASE, "info", list), "utf8")).split("\n"));
    if (!paths.some((spellings) => spellings.some((path) => files.has(path)))) continue;
    const [name = "", architecture] = list.replace(/\.list$/, "").split(":");
    found.push(await readDebianPackage(name, { architecture, status }));
  }
  return found;
}

/** A path and what it leads to, each as it is since `/lib` became a link and as it was before, which is how packages list it. */
async function spellingsOf(path: string): Promise<readonly string[]> {
  const known = [path, await realpath(path).catch(() => path)];
  return known.flatMap((spelling) => [spelling, spelling.replace(/^\/usr(?=\/lib)/, "")]);
}

async function readDebianPackage(
  name: string,
  { architecture, status }: { readonly architecture: string | undefined; readonly status: string },
): Promise<ThirdParty> {
  const stanza = status.split("\n\n").find((text) =>
    text.startsWith(`Package: ${name}\n`) &&
    (architecture === undefined || text.includes(`\nArchitecture: ${architecture}\n`))
  );
  const version = stanza?.match(/^Version: (.+)$/m)?.[1] ?? "";
  const arch = stanza?.match(/^Architecture: (.+)$/m)?.[1] ?? "";
  const text = await readFile(`/usr/share/doc/${name}/copyright`, "utf8").catch(() => undefined);
  return {
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}`,
    licence: undefined,
    homepage: stanza?.match(/^Homepage: (.+)$/m)?.[1],
    texts: text === undefined ? [] : [text],
    integrity: undefined,
  };
}
