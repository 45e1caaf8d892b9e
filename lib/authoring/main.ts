/** The entry of the authoring commands. */
import process from "node:process";
import { systemClock } from "../base/clock.ts";
import { runAuthoring } from "./run_authoring.ts";

process.exitCode = await runAuthoring(process.argv.slice(2), {
  directory: process.cwd(),
  clock: systemClock,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (text) => void process.stderr.write(text),
});
