import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** An object of Kubernetes, as it was written. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One object and where it is written. */
export interface Sample {
  /** `deploy/manifests/job-and-wait.yaml: Job shop-migrations`. */
  readonly name: string;
  /** Relative to the checkout. */
  readonly file: string;
  readonly object: KubernetesObject;
}

/** Every file below a folder of the checkout, relative to the checkout. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)).sort();
}

/** The text of a file of the checkout. */
export function readText(file: string): Promise<string> {
  return readFile(join(ROOT, file), "utf8");
}

/** Every document of a YAML text. @throws {Error} for a text that is not YAML, and for a key that is written twice */
export function parseYaml(text: string): unknown[] {
  return parseAllDocuments(text, { merge: true, uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as unknown;
  }).filter((value) => value !== null);
}

/** The objects of a YAML text. @throws {Error} when one is no object of Kubernetes */
export function samplesIn(text: string, file: string): Sample[] {
  return parseYaml(text).map((value) => {
    const object = value as KubernetesObject;
    if (typeof object.apiVersion !== "string" || typeof object.kind !== "string") {
      throw new Error(`${file} holds a document without apiVersion and kind`);
    }
    return { name: `${file}: ${object.kind} ${object.metadata?.name ?? ""}`.trim(), file, object };
  });
}

const PATCH = /^deploy\/kustomize\/components\/[^/]+\/init-container\.yaml$/;
/** What is YAML in `deploy/`, but no object of Kubernetes, or only becomes one: compose, kustomize's own files, templates of Helm. */
const OTHERS = /^deploy\/helm\/|\/compose\.yaml$|\/kustomization\.yaml$/;

/** Every object in `deploy/` that can be applied as it stands. */
export async function deploySamples(): Promise<Sample[]> {
  return await samplesOf("deploy", (file) => !OTHERS.test(file) && !PATCH.test(file));
}

/** The patches of the kustomize components. They are complete objects, apart from what the target brings. */
export async function kustomizePatches(): Promise<Sample[]> {
  return await samplesOf("deploy/kustomize", (file) => PATCH.test(file));
}

async function samplesOf(folder: string, chosen: (file: string) => boolean): Promise<Sample[]> {
  const files = (await filesBelow(folder)).filter((file) => file.endsWith(".yaml") && chosen(file));
  return (await Promise.all(files.map(async (file) => samplesIn(await readText(file), file)))).flat();
}

/** A fenced block of a page. */
export interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of every page in `docs/`, and of the README. */
export async function pageBlocks(): Promise<Block[]> {
  const pages = ["README.md", ...(await filesBelow("docs")).filter((file) => file.endsWith(".md"))];
  return (await Promise.all(pages.map(async (file) => blocksIn(await readText(file), file)))).flat();
}

function blocksIn(text: string, file: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

/** The objects of Kubernetes in the pages. A block without `apiVersion` shows a part of one. */
export async function pageSamples(): Promise<Sample[]> {
  return (await pageBlocks())
    .filter(({ language, text }) => language === "yaml" && /^apiVersion:/m.test(text))
    .flatMap(({ text, file, line }) => samplesIn(text, `${file}:${line}`));
}
