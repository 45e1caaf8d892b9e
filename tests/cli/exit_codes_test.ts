import assert from "node:assert/strict";
import { EXIT } from "../../lib/base/exit_code.ts";
import { runTool } from "../support/tool_process.ts";
import { startDatabase } from "./_database.ts";
import { startProcess } from "./_run.ts";

const UNREACHABLE = {
  CosmosDb__ConnectionString: "AccountEndpoint=http://127.0.0.1:9/;AccountKey=c2VjcmV0c2VjcmV0;",
  CosmosDb__DatabaseName: "shop",
};

/** A command line of the real process for each exit code that ends by itself. `shop` is a database with documents and no history. */
const TABLE: readonly {
  readonly code: number;
  readonly line: string;
  readonly database?: "shop" | "unreachable";
  readonly main?: string;
  readonly says: RegExp;
}[] = [
  { code: EXIT.done, line: "list", says: /\d migrations/ },
  {
    code: EXIT.failed,
    line: "up --init",
    database: "shop",
    main: "tests/cli/_failing_main.ts",
    says: /Error: Migration "20240101_000001" failed: the disk is full/,
  },
  { code: EXIT.usage, line: "up --steps 0", says: /--steps/ },
  { code: EXIT.conflict, line: "up", database: "shop", says: /no history says/ },
  { code: EXIT.check, line: "plan --check --emulator=migrations/seed.json", says: /\d migrations to apply/ },
  {
    code: EXIT.temporary,
    line: "status --connect-timeout 100ms",
    database: "unreachable",
    says: /connection was refused/,
  },
];

for (const { code, line, database, main, says } of TABLE) {
  Deno.test(`the process exits with ${code} on "${line}"`, async () => {
    await using shop = await startDatabase();
    const env = database === "shop" ? shop.environment : database === "unreachable" ? UNREACHABLE : {};
    const ended = await runTool(line.split(" "), { env, ...(main === undefined ? {} : { main }) });
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stdout + ended.stderr, says);
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  });
}

const SIGNALS = [["SIGINT", EXIT.sigint], ["SIGTERM", EXIT.sigterm]] as const;

for (const [signal, code] of SIGNALS) {
  Deno.test(`the process exits with ${code} on ${signal}`, async () => {
    const child = startProcess(["status"], { ...UNREACHABLE, COSMIG_TYPO: "1" });
    // It prints nothing while it connects; the warning about the variable tells that the listener is there.
    const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("COSMIG_TYPO")) text += (await reader.read()).value ?? "";
    child.kill(signal);
    assert.equal((await child.status).code, code);
    await reader.cancel();
    await child.stdout.cancel();
  });
}

Deno.test("the tests of the real process leave out no exit code", () => {
  const tested = [...TABLE.map(({ code }) => code), ...SIGNALS.map(([, code]) => code)];
  assert.deepEqual([...new Set(tested)].sort(), Object.values(EXIT).sort());
});
