/**
 * Runs the tests and ends with one line that counts them, after the reason of each skip. A skipped test says in its name why.
 *
 *     deno task test [--doc] [paths and options of `deno test`]
 *
 * @module
 */
// deno-lint-ignore-file no-console no-control-regex
import { spawn } from "node:child_process";
import process from "node:process";

const SUMMARY_REGEXP = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/;
const ESCAPES_REGEXP = /\x1b\[[0-9;]*m/g;

const args = process.argv.slice(2);
const paths = args.filter((arg) => !arg.startsWith("-"));
const options = args.filter((arg) => arg.startsWith("-") && arg !== "--doc");
const targets = paths.length > 0
  ? paths
  : ["tests", ...(args.includes("--doc") ? ["--doc", "lib", "docs/writing-migrations.md"] : [])];

const lines: string[] = [];
const child = spawn(process.execPath, ["test", "--allow-all", ...options, ...targets], {
  stdio: ["ignore", "pipe", "inherit"],
});
child.stdout.setEncoding("utf8");
let rest = "";
child.stdout.on("data", (text: string) => {
  process.stdout.write(text);
  const parts = (rest + text).replaceAll(ESCAPES_REGEXP, "").split("\n");
  rest = parts.pop() ?? "";
  lines.push(...parts);
});
const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)));

const skipped = lines.filter((line) => / \.\.\. ignored/.test(line)).map((line) =>
  line.replace(/ \.\.\. ignored.*$/, "")
);
for (const name of skipped) console.log(`skipped: ${name}`);
const [, passed, failed, ignored] =
  lines.map((line) => line.match(SUMMARY_REGEXP)).findLast((match) => match !== null) ?? [];
if (passed === undefined) {
  console.log("0 passed, 1 failed, 0 skipped");
  process.exitCode = code === 0 ? 1 : code;
} else {
  console.log(`${passed} passed, ${failed} failed, ${ignored ?? 0} skipped`);
  process.exitCode = code;
}
