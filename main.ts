import { runMain } from "./lib/mod.ts";
import { migrations } from "./migrations/mod.ts";

await runMain({ migrations });
