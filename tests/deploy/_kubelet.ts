/**
 * Runs the pods of manifests with a container engine, as a kubelet does: init containers one after the other, each again while it fails and the restart
 * policy says so, then the containers of the application; restricted as the manifest says; a file for the termination message. What it leaves out: the
 * time between two starts, probes, and everything that a scheduler does.
 *
 * @module
 */
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cosmigImage, docker, type EngineResult, runProgram, uniqueName } from "./_engine.ts";

/** A database for pods, and the network that they reach it by. */
export interface Cluster extends AsyncDisposable {
  readonly network: string;
  /** What the Secret of the samples holds. */
  readonly connectionString: string;
  /** Starts the embedded database, and waits until it listens. Before that nobody answers. */
  startDatabase(flags?: readonly string[]): Promise<void>;
}

/** The one that all emulators share. */
const PUBLIC_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";
const SEED = {
  database: "shop",
  containers: { Users: { partitionKey: "/id" }, Orders: { partitionKey: "/customerId" } },
};

/** Makes a network; what runs in it is gone in the end. */
export async function createCluster(): Promise<Cluster> {
  const network = uniqueName("cosmig-deploy");
  const folder = await mkdtemp(join(tmpdir(), "cosmig-deploy-"));
  const seed = join(folder, "seed.json");
  await chmod(folder, 0o755);
  await writeFile(seed, JSON.stringify(SEED), { mode: 0o644 });
  await docker("network", "create", network);
  return {
    network,
    connectionString: `AccountEndpoint=http://database:8081/;AccountKey=${PUBLIC_KEY}`,
    startDatabase: async (flags = []) => {
      const image = await cosmigImage();
      const name = `${network}-database`;
      await docker(
        ...["run", "--detach", "--name", name, "--network", network, "--network-alias", "database"],
        ...["--volume", `${seed}:/seed.json:ro`, image],
        ...["emulator", "--hostname=0.0.0.0", "--port=8081", "--seed=/seed.json", ...flags],
      );
      const logs = async () => {
        const { stdout, stderr } = await runProgram(["docker", "logs", name]);
        return stdout + stderr;
      };
      while (!(await logs()).includes("Ctrl+C")) {
        if (await docker("inspect", "--format", "{{.State.Running}}", name) !== "true") {
          throw new Error(`The database ended: ${await logs()}`);
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      const containers = await docker("ps", "--all", "--quiet", "--filter", `network=${network}`);
      if (containers !== "") await docker("rm", "--force", ...containers.split("\n"));
      await docker("network", "rm", network);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How one start of a container ended. */
export interface Start extends EngineResult {
  readonly container: string;
  /** What the file for it holds. */
  readonly terminationMessage: string;
}

/** How containers of a pod are started. */
export interface PodOptions {
  readonly cluster: Cluster;
  /** The application, whose image nobody has here: what cosmig does in its place. */
  readonly application?: readonly string[];
  /** Variables that the test adds. */
  readonly env?: Readonly<Record<string, string>>;
  /** How often a container is started at the most. */
  readonly maxStarts?: number;
  /** Between two starts, where a kubelet waits. */
  readonly betweenStarts?: () => Promise<void>;
}

/** Runs a pod until its application ended, or a container was started as often as it may be. */
export async function runPod(template: IPodTemplateSpec, options: PodOptions): Promise<Start[]> {
  const { spec } = template;
  const restarts = (spec?.restartPolicy ?? "Always") !== "Never";
  const { maxStarts = 1, betweenStarts } = options;
  const starts: Start[] = [];
  const toEnd = async (container: IContainer): Promise<boolean> => {
    for (let count = 1;; count++) {
      const start = await runContainer(container, options);
      starts.push(start);
      if (start.exitCode === 0) return true;
      if (!restarts || count >= maxStarts) return false;
      await betweenStarts?.();
    }
  };
  for (const container of spec?.initContainers ?? []) {
    if (!(await toEnd(container))) return starts;
  }
  for (const container of spec?.containers ?? []) {
    const { name, securityContext } = container;
    const isCosmig = /^cosmig(-|$)/.test(name);
    const [init] = spec?.initContainers ?? [];
    await toEnd(
      isCosmig ? container : { name, securityContext, args: [...options.application ?? []], env: init?.env },
    );
  }
  return starts;
}

/** Runs one container of a manifest to its end. `onStarted` gets its name when it has printed something that matches. */
export async function runContainer(
  container: IContainer,
  { cluster, env: added = {}, whenPrinted }: PodOptions & {
    readonly whenPrinted?: { readonly pattern: RegExp; readonly act: (name: string) => void };
  },
): Promise<Start> {
  const { network } = cluster;
  const name = uniqueName(`${network}-${container.name}`);
  const folder = await mkdtemp(join(tmpdir(), "cosmig-termination-"));
  const log = join(folder, "termination-log");
  // A kubelet makes it so that every user may write it.
  await writeFile(log, "");
  await chmod(folder, 0o755);
  await chmod(log, 0o666);
  const env = (container.env ?? []).map(({ name, value }) => [name, value ?? cluster.connectionString]);
  const variables = [...env, ...Object.entries(added)].flatMap((
    [key, value],
  ) => ["--env", `${key}=${value}`]);
  let acted = false;
  const result = await runProgram([
    ...["docker", "run", "--rm", "--name", name, "--network", network, ...restrictions(container)],
    ...["--volume", `${log}:/dev/termination-log`, ...variables],
    ...[await cosmigImage(), ...withConsent(container.args ?? [])],
  ], {
    onStderr: (text) => {
      if (acted || whenPrinted === undefined || !whenPrinted.pattern.test(text)) return;
      acted = true;
      whenPrinted.act(name);
    },
  });
  const terminationMessage = await readFile(log, "utf8");
  await rm(folder, { recursive: true, force: true });
  return { ...result, container: container.name, terminationMessage };
}

function restrictions({ securityContext, resources }: IContainer): string[] {
  const {
    runAsUser = 65532,
    runAsGroup = 65532,
    readOnlyRootFilesystem,
    allowPrivilegeEscalation,
    capabilities,
  } = securityContext ?? {};
  const memory = String(resources?.limits?.["memory"] ?? "256Mi").replace(/Mi$/, "m");
  return [
    ...["--user", `${runAsUser}:${runAsGroup}`, "--memory", memory, "--memory-swap", memory],
    ...(readOnlyRootFilesystem ? ["--read-only"] : []),
    ...(allowPrivilegeEscalation === false ? ["--security-opt", "no-new-privileges"] : []),
    ...(capabilities?.drop ?? []).flatMap((capability) => ["--cap-drop", capability]),
  ];
}

/** The samples rebuild a container, to which whoever runs them has to consent; the manifests are for migrations of the user's own. */
function withConsent(args: readonly string[]): readonly string[] {
  const [command = "up", ...rest] = args;
  return command === "up" || command === "rollback" ? [command, ...rest, "--allow-offline"] : args;
}
