import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type KubernetesObject, ROOT, type Sample } from "./_documents.ts";

/** Where the types of an object are: `kubernetes-models` for those of Kubernetes itself. */
const PACKAGES: Readonly<Record<string, string>> = {
  "kustomize.toolkit.fluxcd.io": "@kubernetes-models/flux-cd",
};

/** Of the object, as npm packages name it: `kubernetes-models/apps/v1/Deployment`. */
export function moduleOf({ apiVersion, kind }: KubernetesObject): string {
  const [group = ""] = apiVersion.split("/");
  return `${PACKAGES[group] ?? "kubernetes-models"}/${apiVersion}/${kind}`;
}

/** Whether an object has the fields that Kubernetes demands, with the types that it demands. @throws {Error} when not */
export async function validateObject(object: KubernetesObject): Promise<void> {
  const module: Record<string, new (data: object) => { validate(): void }> = await import(moduleOf(object));
  const Model = module[object.kind];
  if (Model === undefined) throw new Error(`${moduleOf(object)} has no ${object.kind}`);
  new Model(object).validate();
}

/**
 * Checks all objects with the compiler: written as literals, a field that Kubernetes does not know is an error.
 *
 * @returns what the compiler says; empty when it finds nothing
 */
export async function checkTypes(samples: readonly Sample[]): Promise<string> {
  const code = samples.map(({ name, object }, index) =>
    [
      `// ${name}`,
      `import type { I${object.kind} as I${index} } from ${JSON.stringify(moduleOf(object))};`,
      `export const object${index}: I${index} = ${JSON.stringify(object, undefined, 2)};`,
    ].join("\n")
  ).join("\n\n");
  const folder = await mkdtemp(join(tmpdir(), "cosmig-types-"));
  try {
    const file = join(folder, "objects.ts");
    await writeFile(file, code);
    const { exitCode, text } = await runDeno(["check", "--config", join(ROOT, "deno.json"), file]);
    if (exitCode === 0) return "";
    return text === "" ? `deno check ended with ${exitCode}` : text;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runDeno(
  args: readonly string[],
): Promise<{ readonly exitCode: number | null; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, text }));
  });
}
