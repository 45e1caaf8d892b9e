import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { EXIT } from "../../lib/base/exit_code.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Processes whose command line names a folder. */
function processesOf(folder: string): readonly string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return command.includes(folder) ? [`${pid} ${command}`] : [];
    } catch {
      return [];
    }
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3_000 && !holds(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("compile that is interrupted leaves no files and no database behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "interrupted-"));
  try {
    const command = ["run", "-A", "--no-check", "lib/authoring/main.ts", "compile", "--runtime", "node"];
    const child = spawn(process.execPath, [...command, "--output", join(folder, "out/cosmig")], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: folder },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const working = () => readdirSync(folder).filter((name) => name.startsWith("cosmig-"));
    const isRecording = () => working().some((name) => existsSync(join(folder, name, "packs.json")));
    await until(() => child.exitCode !== null || isRecording());
    assert.equal(child.exitCode, null, "it ended before it could be interrupted");
    assert.notDeepEqual(processesOf(`${folder}/cosmig-`), [], "the database is served meanwhile");
    // Not `child.kill()`: after it Deno reports a signal, whatever the exit code was.
    process.kill(child.pid ?? 0, "SIGTERM");
    assert.equal(await ended, EXIT.sigterm);
    assert.deepEqual(working(), []);
    await until(() => processesOf(folder).length === 0);
    assert.deepEqual(processesOf(folder), []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
