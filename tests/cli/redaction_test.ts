import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { renameField } from "../../lib/definition/edit_fields.ts";
import { run } from "../../lib/definition/run.ts";
import { transformDocuments } from "../../lib/definition/transform_documents.ts";
import { CONNECTING } from "./_commands.ts";
import { KEY, startDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

const FORMS = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString("base64"), KEY.replaceAll("=", "")];

function assertClean(text: string, what: string): void {
  for (const form of FORMS) assert.ok(!text.includes(form), `${what} shows the key:\n${text}`);
}

/** Those that reach no account. The emulator ends at once, since it cannot listen there. */
const UNCONNECTED = [
  "list",
  "version",
  "completions bash",
  "rehearse --from seed.json",
  "rehearse --from seed.json --json",
  "plan --emulator=seed.json",
  "emulator --hostname 192.0.2.1",
];

/** Documents that hold the key, in the open and inside other text. */
const SEED_WITH_KEY = JSON.stringify({
  containers: {
    Users: { partitionKey: "/id", documents: [{ id: "a", old: KEY, text: `AccountKey=${KEY};` }] },
  },
});

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
        "verify --documents --json",
        "doctor --json",
        "repair --json",
        ...UNCONNECTED,
      ]
    ) {
      for (const columns of [undefined, 80]) {
        const line = `${command} --verbose --log-format ${format}`;
        const environment = { COSMIG_TERMINATION_MESSAGE_PATH: "/m", COSMIG_MAX_ATTEMPTS: "99" };
        const { out, err, io } = await database.run(line, {
          migrations: TALKATIVE,
          environment,
          files: { "seed.json": SEED_WITH_KEY },
          ...(columns === undefined ? {} : { columns }),
        });
        assertClean(out + err + (io.written.get("/m") ?? ""), line);
        assert.notEqual(out + err, "", line);
      }
    }
  }
});

Deno.test("no command shows the key when documents hold it", async () => {
  const migrations = registryOf({
    "Rename": [
      renameField({ container: "Users", field: "/old", to: "/new" }),
      renameField({ container: "Users", field: "/text", to: "/words" }),
    ],
    "Break": [
      transformDocuments({
        container: "Users",
        where: "NOT IS_DEFINED(c.x)",
        transform: (document) => {
          throw new Error(`cannot use ${JSON.stringify(document)}`);
        },
      }),
    ],
  });
  await using database = await startDatabase();
  database.emulator.store.insert("Users", [{ id: "ada", old: KEY, text: `AccountKey=${KEY};` }]);
  for (const format of ["plain", "json"]) {
    for (
      const line of [
        "plan",
        "up --init",
        "status",
        "status 20240101_000002",
        "status --json",
        "repair",
        "verify --documents",
        "rehearse --from seed.json",
        "rehearse --from seed.json --json",
      ]
    ) {
      const { out, err } = await database.run(`${line} --verbose --log-format ${format}`, {
        migrations,
        files: { "seed.json": SEED_WITH_KEY },
      });
      assertClean(out + err, line);
      assert.notEqual(out + err, "", line);
    }
  }
  const shown = await database.run("rehearse --from seed.json --to-nothing", { migrations });
  assert.equal(shown.code, 2);
});

Deno.test("no command shows the key when an answer of the service tells it", async () => {
  await using database = await startDatabase();
  await database.run("up --init", { migrations: registryOf({}) });
  database.emulator.inject({
    when: {},
    then: {
      kind: "answer",
      status: 400,
      message: `Bad: ${KEY} AccountKey=${KEY}; sig=${encodeURIComponent(KEY)}`,
    },
  });
  for (const format of ["plain", "json"]) {
    for (const command of CONNECTING) {
      const { code, out, err } = await database.run(`${command} --verbose --log-format ${format}`, {
        environment: { COSMIG_CONNECT_TIMEOUT: "50ms", COSMIG_PATIENCE: "50ms" },
      });
      assert.notEqual(code, 0, command);
      assert.match(out + err, /Bad/, command);
      assertClean(out + err, command);
    }
  }
});

Deno.test("no command shows the key when the endpoint holds it", async () => {
  for (const command of CONNECTING) {
    for (const format of ["plain", "json"]) {
      const { code, out, err } = await runFake([...command.split(" "), "--verbose", "--log-format", format], {
        environment: {
          CosmosDb__AccountEndpoint: `https://user:${KEY}@127.0.0.1:9/?key=${KEY}`,
          CosmosDb__AccountKey: KEY,
          CosmosDb__DatabaseName: "shop",
        },
      });
      assert.equal(code, 2, command);
      assertClean(out + err, command);
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
    assert.equal(code, command === "doctor" ? 4 : 75);
    assertClean(out + err, command);
  }
});

Deno.test("no command leaves the key in the ledger: neither by its errors nor by who gives it as a reason", async () => {
  await using database = await startDatabase();
  const run = (line: string[]) => runFake(line, { environment: database.environment, migrations: TALKATIVE });
  await run(["up", "--init"]);
  const attribution = ["--by", `eve ${KEY}`, "--reason", `AccountKey=${KEY}`];
  const repaired = await run(["repair", "--retry", "20240101_000001", ...attribution]);
  assert.equal(repaired.code, 0, repaired.err);
  const held = await database.run("lock show --json", { migrations: TALKATIVE });
  await run(["lock", "release", "--term", String(JSON.parse(held.out).lease.term), ...attribution]);
  const ledger = JSON.stringify(database.emulator.store.snapshot());
  assert.match(ledger, /"eve \[redacted\]/);
  assertClean(ledger, "the ledger");
});
