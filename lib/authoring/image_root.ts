import { chmod, copyFile, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CosmigError } from "../base/errors.ts";
import type { SharedLibrary } from "./shared_libraries.ts";

/** The user that the image runs as, known as "nonroot" since distroless. */
const USER = 65_532;

/** What goes into the image. */
export interface ImageContent {
  readonly executable: string;
  readonly libraries: readonly SharedLibrary[];
  /** Files for `/usr/share/doc/cosmig`, by name. */
  readonly documents: Readonly<Record<string, string>>;
}

const CERTIFICATES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
];

/**
 * Writes the whole file system of the image into a folder: the executable, the libraries that it needs at the paths where the loader looks for them,
 * certificate authorities, one user without a shell. All files have the same time, so that equal content gives equal layers.
 *
 * @throws {CosmigError} with code `usage` when this machine has no certificate authorities
 */
export async function writeImageRoot(
  root: string,
  { executable, libraries, documents }: ImageContent,
): Promise<void> {
  await rm(root, { recursive: true, force: true });
  const files: Readonly<Record<string, string>> = {
    "/etc/passwd": `nonroot:x:${USER}:${USER}:nonroot:/:/sbin/nologin\n`,
    "/etc/group": `nonroot:x:${USER}:\n`,
    // Without it the loader's C library would ask the network for the names of /etc/hosts.
    "/etc/nsswitch.conf": "hosts: files dns\n",
    "/etc/ssl/certs/ca-certificates.crt": await readCertificates(),
    ...Object.fromEntries(
      Object.entries(documents).map(([name, text]) => [`/usr/share/doc/cosmig/${name}`, text]),
    ),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    await chmod(join(root, path), 0o644);
  }
  for (
    const { from, to } of [
      { from: executable, to: "/cosmig" },
      ...libraries.map(({ path }) => ({ from: path, to: path })),
    ]
  ) {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await copyFile(from, join(root, to));
    await chmod(join(root, to), 0o755);
  }
  await setTimes(root);
}

async function readCertificates(): Promise<string> {
  for (const path of CERTIFICATES) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new CosmigError("usage", "Cannot make an image as this machine has no certificate authorities", {
    hint: "Install the package ca-certificates",
  });
}

async function setTimes(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    await utimes(path, 0, 0);
  }
  await chmod(root, 0o755);
  await utimes(root, 0, 0);
}
