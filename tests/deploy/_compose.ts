import { dirname, resolve } from "node:path";
import process from "node:process";
import { parseYaml, readText, ROOT } from "./_documents.ts";
import { docker } from "./_engine.ts";

/** The parts of a compose file that ours uses. Another key is an error of the type check. */
export interface ComposeFile {
  readonly "x-cosmig"?: object;
  readonly services: Readonly<Record<string, ComposeService>>;
}

/** One service of it. */
export interface ComposeService {
  readonly image: string;
  readonly build: {
    readonly context: string;
    readonly dockerfile: string;
    readonly args?: Readonly<Record<string, string>>;
  };
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly mem_limit: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas: number };
}

/** The file, relative to the checkout. */
export const COMPOSE_FILE = "deploy/manifests/compose.yaml";

/** Reads it. */
export async function readCompose(): Promise<ComposeFile> {
  const [file] = parseYaml(await readText(COMPOSE_FILE));
  return file as ComposeFile;
}

/** Puts in what stands for variables: `${NAME:-default}`. */
export function interpolate(text: string): string {
  return text.replaceAll(
    /\$\{(\w+):-([^}]*)\}/g,
    (_, name: string, fallback: string) => process.env[name] || fallback,
  );
}

/**
 * Does with a compose file what `docker compose up` does, for where that is not installed: starts the services in the order of what they depend on, as
 * often as they ask for.
 *
 * @returns the containers of each service
 */
export async function composeUp(
  { services }: ComposeFile,
  { network, image }: { readonly network: string; readonly image: string },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const containers = new Map<string, readonly string[]>();
  const start = async (name: string): Promise<void> => {
    if (containers.has(name)) return;
    const service = services[name];
    if (service === undefined) throw new Error(`there is no service ${name}`);
    const needs = Array.isArray(service.depends_on)
      ? service.depends_on.map((needed: string) => [needed, { condition: "service_started" }] as const)
      : Object.entries(service.depends_on ?? {});
    for (const [needed, { condition }] of needs) {
      await start(needed);
      if (condition === "service_completed_successfully") await completed(containers.get(needed) ?? []);
    }
    const copies = Array.from(
      { length: service.deploy?.replicas ?? 1 },
      (_, index) => `${network}-${name}-${index + 1}`,
    );
    await Promise.all(
      copies.map((copy) =>
        docker(
          "run",
          "--detach",
          "--name",
          copy,
          "--network",
          network,
          "--network-alias",
          name,
          ...flags(service),
          image,
          ...service.command,
        )
      ),
    );
    containers.set(name, copies);
  };
  for (const name of Object.keys(services)) await start(name);
  return containers;
}

/** Waits until containers end. @returns their exit codes */
export async function exitCodes(containers: readonly string[]): Promise<number[]> {
  return (await docker("wait", ...containers)).split("\n").map(Number);
}

async function completed(containers: readonly string[]): Promise<void> {
  const codes = await exitCodes(containers);
  if (codes.some((code) => code !== 0)) throw new Error(`${containers} ended with ${codes}`);
}

function flags(service: ComposeService): string[] {
  const folder = dirname(resolve(ROOT, COMPOSE_FILE));
  return [
    ...["--user", service.user, "--memory", service.mem_limit],
    ...(service.read_only ? ["--read-only"] : []),
    ...service.cap_drop.flatMap((capability) => ["--cap-drop", capability]),
    ...service.security_opt.flatMap((option) => ["--security-opt", option]),
    ...Object.entries(service.environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...(service.volumes ?? []).flatMap((volume) => {
      const [from = "", ...rest] = volume.split(":");
      return ["--volume", [resolve(folder, from), ...rest].join(":")];
    }),
  ];
}
