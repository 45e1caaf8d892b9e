import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ConfigurationError } from "../../../lib/base/errors.ts";
import { loadConfiguration, loadToolConfiguration } from "../../../lib/config/load_configuration.ts";
import { COMPLETE, CONNECTION_STRING, ENDPOINT, input, issuesOf, KEY } from "./_load.ts";

const FILE = { file: "cosmig.json", fileFrom: "--config" } as const;

Deno.test("loadConfiguration() gives defaults to what nobody set", async () => {
  const { tool, account, warnings } = await loadConfiguration(input());
  assert.equal(account.database, "shop");
  assert.equal(account.endpoint, "https://shop.documents.azure.com/");
  assert.equal(account.historyContainer, "__migrations");
  assert.equal(account.endpointDiscovery, "auto");
  assert.deepEqual(warnings, []);
  assert.deepEqual(tool, {
    scope: "default",
    connectTimeoutMs: 60_000,
    requestTimeoutMs: undefined,
    patienceMs: 60_000,
    timeoutMs: undefined,
    ruPerSecond: undefined,
    ruShare: undefined,
    concurrency: 4,
    pageSize: 500,
    priority: "normal",
    throughputBucket: undefined,
    maxAttempts: 5,
    maxFailures: 100,
    leaseMs: 30_000,
    lockTimeoutMs: 600_000,
    settleMs: undefined,
    waitMs: 1_800_000,
    logFormat: "auto",
  });
});

Deno.test("loadConfiguration() takes a flag before the environment, that before the file, that before the default", async () => {
  const files = {
    "cosmig.json": '{ "Cosmig": { "Scope": "file", "Lease": "40s", "Concurrency": 2, "LockTimeout": "1m" } }',
  };
  const environment = { ...COMPLETE, COSMIG_SCOPE: "environment", COSMIG_LEASE: "50s" };
  const { tool } = await loadConfiguration(
    input({ flags: { scope: "flag" }, environment, file: FILE, files }),
  );
  assert.equal(tool.scope, "flag");
  assert.equal(tool.leaseMs, 50_000);
  assert.equal(tool.concurrency, 2);
  assert.equal(tool.lockTimeoutMs, 60_000);
  assert.equal(tool.maxAttempts, 5);
});

Deno.test("loadConfiguration() reports all problems at once, each with where its value came from", async () => {
  const issues = await issuesOf(input({
    flags: { lease: "soon" },
    environment: {
      CosmosDb__ConnectionString: "nonsense",
      COSMIG_CONCURRENCY: "0",
      COSMIG_LOCK_TIMEOUT: "600",
    },
    file: FILE,
    files: { "cosmig.json": '{\n  "Cosmig": {\n    "Priority": "high"\n  }\n}' },
  }));
  assert.deepEqual(
    issues.map(({ setting, source }) => [setting, source]).sort(),
    [
      ["--lease", "flag"],
      ["COSMIG_CONCURRENCY", "environment"],
      ["COSMIG_LOCK_TIMEOUT", "environment"],
      ["CosmosDb__ConnectionString", "environment"],
      ["CosmosDb__DatabaseName", "not set"],
      ["Cosmig:Priority", "cosmig.json, line 3"],
    ].sort(),
  );
  const timeout = issues.find(({ setting }) => setting === "COSMIG_LOCK_TIMEOUT");
  assert.equal(timeout?.message, 'needs a unit, as in "600s": current value is "600"');
});

Deno.test("loadConfiguration() names of variables are in any case, and an empty text is no value", async () => {
  const environment = {
    COSMOSDB__CONNECTIONSTRING: CONNECTION_STRING,
    "cosmosdb:databasename": "orders",
    cosmig_scope: "",
    Cosmig__LockTimeout: "2m",
  };
  const { account, tool } = await loadConfiguration(input({ environment }));
  assert.equal(account.database, "orders");
  assert.equal(tool.scope, "default");
  assert.equal(tool.lockTimeoutMs, 120_000);
});

Deno.test("loadConfiguration() refuses two spellings with two values and accepts them with one", async () => {
  const same = { ...COMPLETE, COSMOSDB__DATABASENAME: "shop" };
  assert.deepEqual(await issuesOf(input({ environment: same })), []);
  const issues = await issuesOf(input({ environment: { ...COMPLETE, COSMOSDB__DATABASENAME: "other" } }));
  assert.equal(issues.length, 1);
  assert.match(
    issues[0]?.message ?? "",
    /contradicts COSMOSDB__DATABASENAME|contradicts CosmosDb__DatabaseName/,
  );
});

Deno.test("loadConfiguration() reads mounted secrets and cuts one trailing newline", async () => {
  for (const ending of ["", "\n", "\r\n"]) {
    const environment = {
      CosmosDb__AccountEndpoint: ENDPOINT,
      CosmosDb__AccountKeyFile: "/secrets/key",
      CosmosDb__DatabaseName: "shop",
    };
    for (const beginning of ["", "\uFEFF"]) {
      const { account } = await loadConfiguration(
        input({ environment, files: { "/secrets/key": beginning + KEY + ending } }),
      );
      assert.equal(account.credential.kind === "key" && account.credential.key.reveal(), KEY);
    }
  }
});

Deno.test("loadConfiguration() refuses a section that is no object, or there twice: half of it would be ignored", async () => {
  const of = (text: string) =>
    issuesOf(input({ environment: COMPLETE, files: { "cosmig.json": text }, file: FILE }));
  assert.deepEqual(await of('{\n"CosmosDb": 5 }'), [
    { setting: "CosmosDb", source: "cosmig.json, line 2", message: "has to be an object" },
  ]);
  assert.deepEqual(await of('{ "Cosmig": {},\n"cosmig": { "Lease": "1m" } }'), [
    { setting: "Cosmig", source: "cosmig.json, line 2", message: "is there twice" },
  ]);
});

Deno.test("loadConfiguration() calls nothing missing while it could not read the file that may hold it", async () => {
  for (const files of [{}, { "cosmig.json": "{" }] as Record<string, string>[]) {
    const issues = await issuesOf(input({ environment: {}, files, file: FILE }));
    assert.deepEqual(issues.map(({ setting }) => setting), ["cosmig.json"]);
  }
});

Deno.test("loadConfiguration() tells what it ignored also when it fails: a misspelt name may be why", async () => {
  const environment = { ...COMPLETE, CosmosDb__DatabaseName: "", COSMIG_LOCK_TIMEOU: "3s" };
  const file = '{ "CosmosDb": { "DatabaseNam": "shop" } }';
  await assert.rejects(
    loadConfiguration(input({ environment, files: { "cosmig.json": file }, file: FILE })),
    (error: ConfigurationError) => {
      assert.match(error.warnings.join("\n"), /did you mean COSMIG_LOCK_TIMEOUT\?/);
      assert.match(error.warnings.join("\n"), /did you mean DatabaseName\?/);
      return true;
    },
  );
});

Deno.test("loadConfiguration() says which secret file is missing, empty or contradicted", async () => {
  const environment = { ...COMPLETE, CosmosDb__ConnectionStringFile: "/secrets/cs" };
  const missing = await issuesOf(input({ environment }));
  assert.equal(missing[0]?.message, "cannot read /secrets/cs: there is no such file");
  const empty = await issuesOf(input({ environment, files: { "/secrets/cs": "\n" } }));
  assert.equal(empty[0]?.message, "the file /secrets/cs is empty");
  const other = await issuesOf(input({ environment, files: { "/secrets/cs": "AccountEndpoint=x" } }));
  assert.equal(other[0]?.message, "contradicts CosmosDb__ConnectionString, which has another value");
});

Deno.test("loadConfiguration() without a key means Microsoft Entra ID", async () => {
  const environment = { CosmosDb__AccountEndpoint: ENDPOINT, CosmosDb__DatabaseName: "shop" };
  const { account } = await loadConfiguration(input({ environment }));
  assert.deepEqual(account.credential, { kind: "entra" });
});

Deno.test("loadConfiguration() refuses Microsoft Entra ID without TLS, which no token may go over", async () => {
  const environment = { CosmosDb__AccountEndpoint: "http://127.0.0.1:8081", CosmosDb__DatabaseName: "shop" };
  const [issue] = await issuesOf(input({ environment }));
  assert.match(issue?.message ?? "", /^has to begin with https:\/\/ as there is no account key/);
});

Deno.test("loadConfiguration() never sends the key of one account to the endpoint of another", async () => {
  const flag = await loadConfiguration(input({ flags: { endpoint: "https://other.documents.azure.com/" } }));
  assert.equal(flag.account.endpoint, "https://other.documents.azure.com/");
  assert.deepEqual(flag.account.credential, { kind: "entra" });
  const environment = { ...COMPLETE, CosmosDb__AccountEndpoint: "https://other.documents.azure.com/" };
  const issues = await issuesOf(input({ environment }));
  assert.deepEqual(issues.map(({ setting }) => setting), ["CosmosDb__AccountEndpoint"]);
});

Deno.test("loadConfiguration() lays an environment of the file over its top level", async () => {
  const files = {
    "cosmig.json": `{
      // as in appsettings.json
      "CosmosDb": { "DatabaseName": "top", "HistoryContainer": "history" },
      "Environments": { "Production": { "CosmosDb": { "DatabaseName": "production" } }, },
    }`,
  };
  const environment = { CosmosDb__ConnectionString: CONNECTION_STRING };
  const file = { ...FILE, environment: "production" };
  const { account } = await loadConfiguration(input({ environment, file, files }));
  assert.equal(account.database, "production");
  assert.equal(account.historyContainer, "history");
  const issues = await issuesOf(input({ environment, file: { ...FILE, environment: "staging" }, files }));
  assert.equal(issues[0]?.message, 'there is no environment "staging": the file has Production');
});

Deno.test("loadConfiguration() names the line of what is no JSON", async () => {
  const issues = await issuesOf(
    input({ file: FILE, files: { "cosmig.json": '{\n  "Cosmig": {\n    "Scope": oops\n  }\n}' } }),
  );
  assert.deepEqual(issues, [{
    setting: "cosmig.json",
    source: "line 3",
    message: 'is not JSON: a text has to be in "quotes"',
  }]);
});

Deno.test("loadConfiguration() accepts the settings file as a file:// URL", async () => {
  const file = { file: "file:///etc/cosmig/config.json", fileFrom: "--config" };
  const { tool } = await loadConfiguration(
    input({ file, files: { "/etc/cosmig/config.json": '{"Cosmig":{"Scope":"a"}}' } }),
  );
  assert.equal(tool.scope, "a");
});

Deno.test("loadConfiguration() warns of variables that have no effect, but not of the links of a Kubernetes service", async () => {
  const environment = {
    ...COMPLETE,
    COSMIG_LOCK_TIMOUT: "1m",
    COSMIG_STEPS: "3",
    COSMIG_PORT: "tcp://10.0.0.1:80",
    COSMIG_PORT_80_TCP: "tcp://10.0.0.1:80",
    COSMIG_PORT_80_TCP_ADDR: "10.0.0.1",
    COSMIG_SERVICE_HOST: "10.0.0.1",
    COSMIG_SERVICE_PORT: "80",
    COSMIG_API_SERVICE_PORT_HTTP: "80",
    COSMIG_CONFIG: "unused here",
    COSMIG_TERMINATION_MESSAGE_PATH: "/tmp/x",
  };
  const { warnings } = await loadConfiguration(input({ environment }));
  assert.deepEqual(warnings, [
    "The variable COSMIG_LOCK_TIMOUT is not a setting and has no effect; did you mean COSMIG_LOCK_TIMEOUT?",
    "The variable COSMIG_STEPS is not a setting and has no effect; selectors and overrides are flags only",
  ]);
});

Deno.test("loadConfiguration() warns of a variable that is nearly one of the account, not of an application's own", async () => {
  const environment = {
    ...COMPLETE,
    CosmosDb__DatabseName: "x",
    CosmosDb__ContainerName: "y",
    CosmosDb__Key: "z",
  };
  const { warnings } = await loadConfiguration(input({ environment }));
  assert.deepEqual(warnings, [
    "The variable CosmosDb__DatabseName is not a setting and has no effect; did you mean CosmosDb__DatabaseName?",
  ]);
});

Deno.test("loadConfiguration() warns of a connection string on the command line", async () => {
  const { warnings } = await loadConfiguration(
    input({
      environment: { CosmosDb__DatabaseName: "shop" },
      flags: { connectionString: CONNECTION_STRING },
    }),
  );
  assert.match(warnings[0] ?? "", /list of processes/);
});

Deno.test("loadConfiguration() keeps the key out of errors, logs and JSON, and tells it to the redactor first", async () => {
  const told: string[] = [];
  const { account } = await loadConfiguration(input({ onSecret: (secret) => told.push(secret) }));
  for (
    const text of [
      inspect(account, { depth: 9 }),
      JSON.stringify(account),
      `${account.credential.kind === "key" && account.credential.key}`,
    ]
  ) {
    assert.ok(!text.includes(KEY), text);
  }
  assert.ok(told.includes(KEY) && told.includes(CONNECTION_STRING));

  const wrong = `AccountEndpoint=ftp://${KEY};AccountKey=${KEY}!`;
  const early: string[] = [];
  const environment = { ...COMPLETE, CosmosDb__ConnectionString: wrong };
  await assert.rejects(
    loadConfiguration(input({ environment, onSecret: (secret) => early.push(secret) })),
    (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.ok(!inspect(error, { depth: 9 }).includes(KEY));
      return true;
    },
  );
  assert.ok(early.includes(`${KEY}!`));
});

Deno.test("loadConfiguration() reads the proxy and keeps its password secret", async () => {
  const told: string[] = [];
  const environment = {
    ...COMPLETE,
    https_proxy: "http://user:pass%2Fword@proxy:8080",
    NO_PROXY: "localhost",
  };
  const { account } = await loadConfiguration(
    input({ environment, onSecret: (secret) => told.push(secret) }),
  );
  assert.equal(account.proxy?.url.reveal(), "http://user:pass%2Fword@proxy:8080/");
  assert.equal(account.proxy?.noProxy, "localhost");
  assert.ok(told.includes("pass%2Fword") && told.includes("pass/word"));
});

Deno.test("loadConfiguration() refuses a certificate file that holds none", async () => {
  const environment = { ...COMPLETE, CosmosDb__CaFile: "/ca.pem" };
  const issues = await issuesOf(input({ environment, files: { "/ca.pem": "hello" } }));
  assert.equal(issues[0]?.message, "/ca.pem has to be a PEM file with certificates");
});

Deno.test("loadToolConfiguration() does not ask for an account", async () => {
  const { tool } = await loadToolConfiguration(
    input({ environment: { COSMIG_SCOPE: "a", CosmosDb__ConnectionString: "nonsense" } }),
  );
  assert.equal(tool.scope, "a");
});

Deno.test("loadConfiguration() takes --ru-limit in request units or as a percentage, and nothing else", async () => {
  const limitOf = async (ruLimit: string) => {
    const { tool } = await loadConfiguration(input({ flags: { ruLimit }, environment: COMPLETE }));
    return [tool.ruPerSecond, tool.ruShare];
  };
  assert.deepEqual(await limitOf("400"), [400, undefined]);
  assert.deepEqual(await limitOf("50%"), [undefined, 0.5]);
  assert.deepEqual(await limitOf("none"), [undefined, undefined]);
  for (const ruLimit of ["0", "0%", "101%", "-1%", "half", "50 %"]) {
    const issues = await issuesOf(input({ flags: { ruLimit }, environment: COMPLETE }));
    assert.equal(issues.length, 1, ruLimit);
  }
});
