import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostTarget } from "./compile_target.ts";
import { fetchNode } from "./node_runtime.ts";
import type { ExecutableOptions, Permissions, Runtime } from "./permissions.ts";
import { runProcess } from "./run_process.ts";
import { stripElf } from "./strip_elf.ts";

/**
 * Packs a bundle into a Node single executable application. Node is stripped before that, since a finished executable does not survive it.
 *
 * With the code cache it starts a fifth faster. The cache is reproducible as well: V8 takes the seed of its hashes, which end up in it, from the one random
 * seed that is given here. It is for the processor that made it, so an executable for another one goes without.
 */
export async function buildNodeExecutable(
  code: string,
  { target, output, permissions, codeCache }: ExecutableOptions & { readonly codeCache: boolean },
): Promise<Runtime> {
  const host = hostTarget();
  const runtime = await fetchNode(target);
  const builder = host === target ? runtime : await fetchNode(host);
  const folder = await mkdtemp(join(tmpdir(), "cosmig-"));
  try {
    await writeFile(join(folder, "node"), stripElf(await readFile(runtime.executable)), { mode: 0o755 });
    await writeFile(join(folder, "main.cjs"), code);
    await writeFile(
      join(folder, "sea.json"),
      JSON.stringify({
        main: "main.cjs",
        mainFormat: "commonjs",
        executable: "node",
        output: "program",
        disableExperimentalSEAWarning: true,
        useCodeCache: codeCache && host === target,
        execArgv: nodeArguments(permissions),
        // A NODE_OPTIONS that is left over on an agent is not for us.
        execArgvExtension: "none",
      }),
    );
    await runProcess([builder.executable, "--random-seed=1", "--build-sea", "sea.json"], { cwd: folder });
    await copyFile(join(folder, "program"), output);
    await chmod(output, 0o755);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { kind: "node", version: runtime.version, package: runtime.package };
}

/** Node's permission model: no processes, no workers, no native code, no inspector, files as given. */
export function nodeArguments({ read, write }: Permissions): readonly string[] {
  return [
    // Of --allow-net, which Node 26 says at each start.
    "--disable-warning=ExperimentalWarning",
    "--permission",
    "--allow-net",
    ...read.map((path) => `--allow-fs-read=${path}`),
    ...write.map((path) => `--allow-fs-write=${path}`),
  ];
}
