import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { migrations } from "../../migrations/mod.ts";
import { isDocumentedVariable, loadSettings, parseCommandLine } from "./_command_line.ts";
import { COMPOSE_FILE, composeUp, exitCodes, interpolate, readCompose } from "./_compose.ts";
import { ROOT } from "./_documents.ts";
import { cosmigImage, docker, runProgram, uniqueName, whyNoEngine } from "./_engine.ts";

const file = await readCompose();
const noEngine = whyNoEngine();

Deno.test("compose.yaml: has no key that the types of the tests do not know", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-compose-"));
  const module = join(folder, "compose.ts");
  const types = JSON.stringify(new URL("_compose.ts", import.meta.url).href);
  await writeFile(
    module,
    `import type { ComposeFile } from ${types};\nexport const file: ComposeFile = ${JSON.stringify(file)};\n`,
  );
  const { exitCode, stderr } = await runProgram([
    process.execPath,
    "check",
    "--config",
    join(ROOT, "deno.json"),
    module,
  ]);
  await rm(folder, { recursive: true, force: true });
  assert.equal(exitCode, 0, stderr);
});

for (const [name, service] of Object.entries(file.services)) {
  Deno.test(`compose.yaml: the parser accepts what ${name} does`, async () => {
    const parsed = await parseCommandLine(service.command);
    if (parsed.command === "emulator") return;
    const warnings = await loadSettings(parsed, { environment: service.environment, files: new Map() });
    assert.deepEqual(warnings.filter((warning) => !/without encryption/.test(warning)), []);
    for (const variable of Object.keys(service.environment)) {
      assert.ok(isDocumentedVariable(variable), variable);
    }
  });

  Deno.test(`compose.yaml: ${name} is as restricted as a pod`, () => {
    const { user, read_only, cap_drop, security_opt, build } = service;
    assert.deepEqual({ user, read_only, cap_drop, security_opt }, {
      user: "65532:65532",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    assert.equal(build.dockerfile, "Containerfile");
  });
}

Deno.test("compose.yaml: four copies of the application depend on four copies of up", () => {
  const { migrate, app } = file.services;
  assert.deepEqual([migrate?.deploy?.replicas, app?.deploy?.replicas], [4, 4]);
  assert.deepEqual(app?.depends_on, { migrate: { condition: "service_completed_successfully" } });
});

/** `docker compose`, or what came before it; empty where there is none. */
function composeProgram(): readonly string[] {
  return [["docker", "compose"], ["docker-compose"]].find(([program = "", ...args]) =>
    spawnSync(program, [...args, "version"], { encoding: "utf8" }).status === 0
  ) ?? [];
}

/** What has to be true when everything ran. */
async function assertRan(migrate: readonly string[], app: readonly string[]): Promise<void> {
  assert.deepEqual([migrate.length, app.length], [4, 4]);
  assert.deepEqual(await exitCodes(migrate), [0, 0, 0, 0]);
  assert.deepEqual(await exitCodes(app), [0, 0, 0, 0], await docker("logs", app[0] ?? ""));
  const times = async (field: string, containers: readonly string[]) =>
    (await docker("inspect", "--format", `{{.State.${field}}}`, ...containers)).split("\n").sort();
  const lastMigrated = (await times("FinishedAt", migrate)).at(-1) ?? "";
  const [firstStarted = ""] = await times("StartedAt", app);
  assert.ok(lastMigrated < firstStarted, `${lastMigrated} < ${firstStarted}`);
  const logs = (await Promise.all(migrate.map((container) => runProgram(["docker", "logs", container]))))
    .map(({ stdout, stderr }) => stdout + stderr).join("\n");
  for (const { id } of migrations.entries) {
    assert.equal(logs.split(`Applied ${id} `).length, 2, `${id} was applied once`);
  }
}

const program = noEngine === "" ? composeProgram() : [];
const noCompose = noEngine || (program.length === 0 ? "there is no docker compose here" : "");
Deno.test({
  name: `compose.yaml: runs as it stands with docker compose${
    noCompose === "" ? "" : ` (skipped: ${noCompose})`
  }`,
  ignore: noCompose !== "",
  fn: async () => {
    const project = uniqueName("cosmig-compose");
    const image = await cosmigImage();
    const compose = (...args: readonly string[]) =>
      runProgram([...program, "--file", COMPOSE_FILE, "--project-name", project, ...args], {
        env: { COSMIG_IMAGE: image },
      });
    const containersOf = async (service: string) =>
      (await compose("ps", "--all", "--quiet", service)).stdout.trim().split("\n");
    try {
      const { exitCode, stderr } = await compose("up", "--detach", "--no-build");
      assert.equal(exitCode, 0, stderr);
      await assertRan(await containersOf("migrate"), await containersOf("app"));
    } finally {
      await compose("down", "--volumes", "--timeout", "5");
    }
  },
});

Deno.test({
  name: `compose.yaml: runs with a small runner, which stands in for docker compose${
    noEngine === "" ? "" : ` (skipped: ${noEngine})`
  }`,
  ignore: noEngine !== "",
  fn: async () => {
    const network = uniqueName("cosmig-compose");
    const image = await cosmigImage();
    await docker("network", "create", network);
    try {
      const containers = await composeUp(file, { network, image });
      await assertRan(containers.get("migrate") ?? [], containers.get("app") ?? []);
    } finally {
      const left = await docker("ps", "--all", "--quiet", "--filter", `network=${network}`);
      if (left !== "") await docker("rm", "--force", ...left.split("\n"));
      await docker("network", "rm", network);
    }
  },
});

Deno.test("interpolate() takes the variable, or else what stands behind it", () => {
  assert.equal(interpolate("${COSMIG_NEVER_SET:-cosmig:dev}"), "cosmig:dev");
  for (const { image } of Object.values(file.services)) assert.match(interpolate(image), /\w/);
});
