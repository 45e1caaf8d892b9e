import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { run } from "../../lib/definition/run.ts";
import { CONNECTING } from "./_commands.ts";
import { KEY, startDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

const FORMS = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString("base64"), KEY.replaceAll("=", "")];

function assertClean(text: string, what: string): void {
  for (const form of FORMS) assert.ok(!text.includes(form), `${what} shows the key:\n${text}`);
}

/** Tells the key in every way that the code of a migration has. */
const TALKATIVE = registryOf({
  "Talk": [run({
    name: "talk",
    describe: "talk",
    execute: (context) => {
      context.log(`key ${KEY} and ${encodeURIComponent(KEY)}`);
      throw new Error(`AccountKey=${KEY} ${Buffer.from(KEY).toString("base64")}`, { cause: new Error(KEY) });
    },
  })],
});

Deno.test("no command shows the key, in any format, when it works and when it fails", async () => {
  await using database = await startDatabase();
  for (const format of ["plain", "json", "auto"]) {
    for (
      const command of [
        "up --init",
        ...CONNECTING,
        "status 20240101_000001",
        "status --json",
        "status --history --json",
        "plan --json",
        "lock show --json",
      ]
    ) {
      for (const columns of [undefined, 80]) {
        const line = `${command} --verbose --log-format ${format} --max-attempts 99`;
        const environment = { COSMIG_TERMINATION_MESSAGE_PATH: "/m" };
        const { out, err, io } = await database.run(line, {
          migrations: TALKATIVE,
          environment,
          ...(columns === undefined ? {} : { columns }),
        });
        assertClean(out + err + (io.written.get("/m") ?? ""), line);
        assert.notEqual(out + err, "", line);
      }
    }
  }
});

Deno.test("no command shows the key when the configuration is wrong", async () => {
  const wrong = [
    `AccountEndpoint=https://user:${KEY}@host/;AccountKey=${KEY}`,
    `AccountEndpoint=https://host/?key=${KEY};AccountKey=${KEY}`,
    `AccountEndpoint=https://host/;AccountKey=${KEY}!`,
    `AccountEndpoint=https://host/;${KEY}`,
    KEY,
  ];
  for (const text of wrong) {
    for (const format of ["plain", "json"]) {
      const environment = { CosmosDb__ConnectionString: text, CosmosDb__DatabaseName: "shop" };
      const variable = await runFake(["status", "--verbose", "--log-format", format], { environment });
      const flag = await runFake([
        "status",
        "--verbose",
        "--log-format",
        format,
        "--connection-string",
        text,
      ]);
      const file = await runFake(["status", "--verbose", "--log-format", format, "--config", "c.json"], {
        files: { "c.json": JSON.stringify({ CosmosDb: { ConnectionString: text } }) },
      });
      for (const { code, out, err } of [variable, flag, file]) {
        assert.equal(code, 2);
        assertClean(out + err, text);
      }
    }
  }
});

Deno.test("no command shows the key when the account cannot be reached", async () => {
  const environment = {
    CosmosDb__ConnectionString: `AccountEndpoint=http://127.0.0.1:9/;AccountKey=${KEY};`,
    CosmosDb__DatabaseName: "shop",
  };
  for (const command of CONNECTING) {
    const { code, out, err } = await runFake([
      ...command.split(" "),
      "--verbose",
      "--connect-timeout",
      "20ms",
    ], { environment });
    assert.equal(code, 75);
    assertClean(out + err, command);
  }
});
