import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getContainerRuntimeClient, Network, type StartedNetwork } from "testcontainers";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { migrations } from "../../migrations/mod.ts";
import { AUTHORITY, CERTIFICATE, PRIVATE_KEY, TLS_HOST } from "./_certificates.ts";
import {
  connectionStringOf,
  databaseName,
  runTool,
  startDatabase,
  startTool,
  type ToolOptions,
} from "./_containers.ts";
import { IMAGE, testImage } from "./_image.ts";

/** The seed holds documents and no history, and one of the samples needs stopped writers. */
const UP = ["up", "--init", "--allow-offline"];
const COUNT = migrations.entries.length;

/** A database with sample data in one container, and how the tool in another reaches it. */
async function withDatabase(
  run: (options: ToolOptions) => Promise<void>,
  settings: { readonly latency?: string } = {},
): Promise<void> {
  await using network = await new Network().start();
  await using database = await startDatabase(network, settings);
  await withSecret(await connectionStringOf(database), async (file) => {
    await run({
      network,
      environment: {
        CosmosDb__ConnectionStringFile: "/secrets/connection",
        CosmosDb__DatabaseName: await databaseName(),
      },
      files: { "/secrets/connection": file },
    });
  });
}

async function withSecret(text: string, run: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-secret-"));
  try {
    // As Kubernetes mounts a secret: readable, and ending with a line feed.
    await chmod(folder, 0o755);
    await writeFile(join(folder, "secret"), `${text}\n`, { mode: 0o644 });
    await run(join(folder, "secret"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function statusOf(options: ToolOptions): Promise<string> {
  return (await runTool(["status"], options)).output;
}

testImage("the image runs as user 65532 and starts the tool without a shell", async () => {
  const client = await getContainerRuntimeClient();
  const { Config } = await client.image.inspect({ string: IMAGE } as never);
  assert.equal(Config.User, "65532:65532");
  assert.deepEqual(Config.Entrypoint, ["/cosmig"]);
  assert.deepEqual(Config.Cmd, ["up"]);
  const label = (name: string) => Config.Labels?.[`org.opencontainers.image.${name}`];
  assert.deepEqual(["title", "licenses", "base.name"].map(label), ["cosmig", "MIT", "scratch"]);
  for (const name of ["description", "version", "revision"]) assert.ok(label(name) !== undefined, name);
});

testImage("the image holds the executable, what it loads and nothing else", async () => {
  const client = await getContainerRuntimeClient();
  const container = await client.container.create({ Image: IMAGE });
  try {
    const paths = await filesIn(await container.export());
    const unexpected = paths.filter((path) =>
      !/^(?:cosmig|etc\/(?:passwd|group|nsswitch\.conf|ssl\/certs\/ca-certificates\.crt)|usr\/share\/doc\/cosmig\/(?:sbom\.cdx\.json|licences\.txt)|(?:usr\/)?lib(?:64)?\/(?:[\w-]+\/)?(?:lib[\w+-]+\.so[\d.]*|ld-linux-[\w-]+\.so\.\d))$/
        .test(path)
    );
    assert.deepEqual(unexpected, []);
    assert.ok(paths.includes("cosmig"));
  } finally {
    await container.remove();
  }
});

testImage("up applies, status shows, rollback --steps reverts and up applies again", async () => {
  await withDatabase(async (options) => {
    const first = await runTool(UP, options);
    assert.equal(first.exitCode, 0, first.output);
    assert.match(first.output, new RegExp(`Applied ${COUNT} migrations`));
    assert.match(await statusOf(options), new RegExp(`${COUNT} applied`));
    const rollback = await runTool(["rollback", "--steps", "2", "--allow-offline"], options);
    assert.equal(rollback.exitCode, 0, rollback.output);
    assert.match(await statusOf(options), new RegExp(`${COUNT - 2} applied`));
    const again = await runTool(UP, options);
    assert.equal(again.exitCode, 0, again.output);
    assert.match(again.output, /Applied 2 migrations/);
    assert.match((await runTool(UP, options)).output, /Nothing pending/);
  });
});

testImage("wait ends when another container has applied everything", async () => {
  await withDatabase(async (options) => {
    const waiting = await startTool(["wait", "--timeout", "60s"], options);
    assert.equal((await runTool(UP, options)).exitCode, 0);
    const { exitCode, output } = await waiting.ended;
    assert.equal(exitCode, 0, output);
  });
});

testImage("four replicas that start at once apply each migration once", async () => {
  await withDatabase(async (options) => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => runTool(UP, options)));
    assert.deepEqual(
      replicas.map(({ exitCode }) => exitCode),
      [0, 0, 0, 0],
      replicas.map(({ output }) => output).join("\n"),
    );
    const applied = replicas.flatMap(({ output }) =>
      [...output.matchAll(/^.*Applied (\d{8}_\d{6})\b/gm)].map(([, id]) => id)
    );
    assert.equal(applied.length, new Set(applied).size, applied.join(" "));
    assert.equal(applied.length, COUNT);
    assert.match(await statusOf(options), new RegExp(`${COUNT} applied`));
  });
});

testImage("SIGTERM ends up in less than a second, with exit code 143", async () => {
  // On a busy machine one may be late; what waits for something is late each time.
  const elapsed: number[] = [];
  while (elapsed.length < 3 && !elapsed.some((ms) => ms < 1_000)) {
    await withDatabase(async (options) => {
      const running = await startTool([...UP, "--log-format", "json"], options);
      await running.printed("lease-acquired");
      const startMs = performance.now();
      await running.signal("SIGTERM");
      const { exitCode, output } = await running.ended;
      elapsed.push(performance.now() - startMs);
      assert.equal(exitCode, 143, output);
    }, { latency: "50ms" });
  }
  assert.ok(Math.min(...elapsed) < 1_000, `${elapsed} ms`);
});

testImage(
  "up reaches an account whose certificate a private authority signed, and no other authority will do",
  async () => {
    await using network: StartedNetwork = await new Network().start();
    const emulator = await startEmulator({
      hostname: "0.0.0.0",
      tls: { key: PRIVATE_KEY, cert: CERTIFICATE },
      seed: { database: "shop", containers: {} },
    });
    try {
      const port = new URL(emulator.endpoint).port;
      await withSecret(AUTHORITY, async (authority) => {
        const options: ToolOptions = {
          network,
          hostName: TLS_HOST,
          files: { "/secrets/authority.crt": authority },
          environment: {
            CosmosDb__AccountEndpoint: `https://${TLS_HOST}:${port}/`,
            CosmosDb__AccountKey: emulator.key,
            CosmosDb__DatabaseName: "shop",
            // The emulator calls itself by the address that it listens at.
            CosmosDb__EndpointDiscovery: "off",
          },
        };
        const refused = await runTool(["status", "--connect-timeout", "5s"], options);
        assert.notEqual(refused.exitCode, 0);
        assert.match(refused.output, /certificate is not trusted/);
        const { environment } = options;
        const trusted = {
          ...options,
          environment: { ...environment, CosmosDb__CaFile: "/secrets/authority.crt" },
        };
        const accepted = await runTool(["status"], trusted);
        assert.equal(accepted.exitCode, 0, accepted.output);
      });
    } finally {
      await emulator.close();
    }
  },
);

/** The paths of the files in a tar stream, without what the engine adds when it creates a container. */
async function filesIn(stream: AsyncIterable<unknown> | NodeJS.ReadableStream): Promise<string[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const tar = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  chunks.reduce((at, chunk) => (tar.set(chunk, at), at + chunk.length), 0);
  const text = (from: number, length: number) =>
    new TextDecoder().decode(tar.subarray(from, from + length)).replace(/\0.*$/s, "");
  const paths: string[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const name = text(at, 100).replace(/^\.?\//, "");
    if (["0", ""].includes(text(at + 156, 1)) && size > 0) paths.push(name);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return paths;
}
