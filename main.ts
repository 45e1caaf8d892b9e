import process from "node:process";
import { runCli } from "./lib/mod.ts";
import { migrations } from "./migrations/mod.ts";
process.exitCode = await runCli(process.argv.slice(2), { migrations });
