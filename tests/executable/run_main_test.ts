import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { bundleProgram } from "../../lib/authoring/bundle.ts";
import { hostTarget } from "../../lib/authoring/compile_target.ts";
import { fetchNode } from "../../lib/authoring/node_runtime.ts";

const LISTING = await bundleOf("_wordy_main.ts");
const PRINTING = await bundleOf("_printing_main.ts");
const { executable: NODE } = await fetchNode(hostTarget());
const COUNT = 3_000;

async function bundleOf(file: string): Promise<string> {
  return (await bundleProgram(new URL(file, import.meta.url).pathname, { commit: null })).code;
}

/** What two write to one pipe may be mixed, but nothing of it is lost. */
function assertAllPrinted(text: string): void {
  assert.ok((text.match(/x/g)?.length ?? 0) >= 5_000 * 40, `${text.length} characters`);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of bash that has the program as `$@`. */
async function runIn(script: string, command: readonly string[]): Promise<Ended> {
  const run = promisify(execFile)("bash", ["-c", `set -o pipefail; ${script}`, "bash", ...command], {
    maxBuffer: 2 ** 24,
    timeout: 30_000,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" },
  });
  return await run.then((said) => ({ ...said, code: 0 }), (error: Ended) => error);
}

for (
  const { name, command } of [
    { name: "Deno", command: [process.execPath, "run", "-A", "--no-config"] },
    { name: "Node", command: [NODE] },
  ]
) {
  const test = (what: string, fn: (program: readonly string[]) => Promise<void>, code = LISTING) =>
    Deno.test(`runMain() on ${name} ${what}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "cosmig-main-"));
      try {
        const bundle = join(folder, "bundle.cjs");
        await writeFile(bundle, code);
        await fn([...command, bundle]);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

  test("writes all to a pipe that does not wait for its reader, and ends although a timer runs", async (program) => {
    // `dd` is there to set the flag, which all share who have the pipe.
    const { code, stdout, stderr } = await runIn(
      '(dd if=/dev/null oflag=nonblock status=none; "$@" list) | (sleep 3; cat)',
      program,
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/^20240101_/gm)?.length, COUNT);
    assert.ok(stdout.endsWith("\n3 000 migrations\n"));
  });

  test("writes all to a pipe and to a file", async (program) => {
    const file = `${program.at(-1)}.txt`;
    for (const script of ['"$@" list | cat', `"$@" list >${file}; cat ${file}`]) {
      const { code, stdout, stderr } = await runIn(script, program);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.match(/^20240101_/gm)?.length, COUNT, script);
    }
  });

  test("succeeds when its reader leaves early", async (program) => {
    const { code, stdout } = await runIn('{ "$@" list; echo "ended with $?" >&2; } | head -1', program);
    assert.equal(stdout.split("\n").length, 2);
    assert.equal(code, 0);
  });

  test("lets the handlers of the end see the exit code", async (program) => {
    const done = await runIn('"$@" list >/dev/null', program);
    assert.deepEqual([done.code, done.stderr], [0, "exit handler saw 0\n"]);
    const wrong = await runIn('"$@" up --steps 0', program);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /exit handler saw 2\n$/);
  });

  test("writes all to a terminal that does not wait for its reader", async (program) => {
    const file = `${program.at(-1)}.sh`;
    const words = program.map((word) => `'${word}'`).join(" ");
    await writeFile(file, `dd if=/dev/null oflag=nonblock status=none; exec ${words} list\n`);
    const { stdout } = await runIn(`script -qec "sh ${file}" /dev/null | (sleep 1; cat)`, program);
    assert.equal(stdout.match(/^20240101_/gm)?.length, COUNT);
  });

  test("waits for what a migration prints itself", async (program) => {
    const { code, stdout, stderr } = await runIn('"$@" up --emulator | (sleep 1; cat)', program);
    assert.equal(code, 0, stderr);
    assertAllPrinted(stdout);
    assert.match(stdout, /Applied 1 migration/);
  }, PRINTING);

  test("says what nobody caught after all that was printed", async (program) => {
    const { code, stdout } = await runIn(
      'PRINT_TO=stderr CRASH=1 "$@" up --emulator 2>&1 >/dev/null | (sleep 1; cat)',
      program,
    );
    assert.equal(code, 1);
    assertAllPrinted(stdout);
    assert.match(stdout, /Nobody caught this[^]*\nNext: /);
  }, PRINTING);
}
