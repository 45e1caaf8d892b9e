/** The entry of the authoring commands. */
import process from "node:process";
import { systemClock } from "../base/clock.ts";
import { EXIT } from "../base/exit_code.ts";
import { runAuthoring } from "./run_authoring.ts";

// What is to be removed at the end is removed then, too.
process.once("SIGINT", () => process.exit(EXIT.sigint));
process.once("SIGTERM", () => process.exit(EXIT.sigterm));

process.exitCode = await runAuthoring(process.argv.slice(2), {
  directory: process.cwd(),
  clock: systemClock,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (text) => void process.stderr.write(text),
});
