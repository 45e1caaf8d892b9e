import assert from "node:assert/strict";
import { EXIT } from "../../lib/base/exit_code.ts";
import { migrations } from "../../migrations/mod.ts";
import { commandExists } from "./_command_line.ts";
import { deploySamples, pageBlocks } from "./_documents.ts";
import { docker, whyNoEngine } from "./_engine.ts";
import { createCluster, runContainer, runPod, type Start } from "./_kubelet.ts";
import { podsOf } from "./_pods.ts";

const pods = podsOf(await deploySamples());
const ids = migrations.entries.map(({ id }) => id);
const reason = whyNoEngine();

function testPod(name: string, test: () => Promise<void>, otherReason = ""): void {
  const why = reason || otherReason;
  Deno.test({ name: why === "" ? name : `${name} (skipped: ${why})`, ignore: why !== "", fn: test });
}

function templateOf(name: string) {
  const pod = pods.find(({ sample }) => sample.name.endsWith(name));
  assert.ok(pod, name);
  return pod.template;
}

const withInit = templateOf("manifests/init-container.yaml: Deployment shop");
const job = templateOf("manifests/job-and-wait.yaml: Job shop-migrations-1-4-0");
const rollback = templateOf("manifests/rollback-job.yaml: Job shop-rollback-1-4-0");
const status = templateOf("manifests/status-job.yaml: Job shop-status");
/** Fails when the application is started before everything is applied. */
const application = ["status", "--check"];

interface Message {
  readonly command: string;
  readonly outcome: string;
  readonly exitCode: number;
  readonly finished?: readonly string[];
  readonly message?: string;
  readonly hint?: string;
}

function messageOf({ terminationMessage }: Start): Message {
  assert.ok(
    terminationMessage.length <= 4096 && terminationMessage.split("\n").length === 2,
    terminationMessage,
  );
  return JSON.parse(terminationMessage) as Message;
}

const outcomes = (starts: readonly Start[]) => starts.map(({ container, exitCode }) => [container, exitCode]);

testPod(
  "manifests/init-container.yaml: four pods at once apply each migration once, and start their application behind it",
  async () => {
    await using cluster = await createCluster();
    await cluster.startDatabase();
    const all = await Promise.all([1, 2, 3, 4].map(() => runPod(withInit, { cluster, application })));
    for (const starts of all) {
      assert.deepEqual(
        outcomes(starts),
        [["cosmig-up", 0], ["shop", 0]],
        starts.map(({ stderr }) => stderr).join("\n"),
      );
    }
    const messages = all.map(([init]) => init && messageOf(init));
    assert.deepEqual(
      messages.map((message) => [message?.command, message?.outcome, message?.exitCode]),
      [1, 2, 3, 4].map(() => ["up", "done", 0]),
    );
    assert.deepEqual(messages.flatMap((message) => message?.finished ?? []).sort(), ids);
  },
);

testPod(
  "manifests/init-container.yaml: a pod whose database does not answer is started again, and its application waits",
  async () => {
    await using cluster = await createCluster();
    const starts = await runPod(withInit, {
      cluster,
      application,
      env: { COSMIG_CONNECT_TIMEOUT: "1s" },
      maxStarts: 2,
      betweenStarts: cluster.startDatabase,
    });
    assert.deepEqual(outcomes(starts), [["cosmig-up", EXIT.temporary], ["cosmig-up", 0], ["shop", 0]]);
    const [first] = starts;
    assert.ok(first);
    const { outcome, exitCode, hint, message } = messageOf(first);
    assert.deepEqual([outcome, exitCode], ["failed", EXIT.temporary]);
    assert.ok(hint && message && !message.includes("AccountKey"), first.terminationMessage);
  },
);

testPod(
  "manifests/init-container.yaml: a configuration that is wrong ends with 2, and the application is not started",
  async () => {
    await using cluster = await createCluster();
    const starts = await runPod(withInit, {
      cluster,
      application,
      env: { COSMIG_LOCK_TIMEOUT: "10" },
      maxStarts: 2,
    });
    assert.deepEqual(outcomes(starts), [["cosmig-up", EXIT.usage], ["cosmig-up", EXIT.usage]]);
    assert.match(starts[0]?.terminationMessage ?? "", /COSMIG_LOCK_TIMEOUT/);
  },
);

testPod(
  "manifests/job-and-wait.yaml: a Job that is deleted while it migrates ends with 143, and the next one finishes",
  async () => {
    await using cluster = await createCluster();
    await cluster.startDatabase(["--latency=200ms"]);
    const [container] = job.spec?.containers ?? [];
    assert.ok(container);
    let stopped: Promise<string> | undefined;
    const first = await runContainer(container, {
      cluster,
      whenPrinted: {
        pattern: /Lease acquired/,
        act: (name) => stopped = docker("stop", "--time", "60", name),
      },
    });
    await stopped;
    assert.equal(first.exitCode, EXIT.sigterm, first.stderr);
    assert.deepEqual([messageOf(first).outcome, messageOf(first).exitCode], ["failed", EXIT.sigterm]);
    const second = await runContainer(container, { cluster });
    assert.equal(second.exitCode, EXIT.done, second.stderr);
    assert.equal(messageOf(second).finished?.at(-1), ids.at(-1));
  },
);

testPod(
  "manifests/rollback-job.yaml: what is rolled back stays so for the pods of that image, and status says what is wrong",
  async () => {
    await using cluster = await createCluster();
    await cluster.startDatabase();
    assert.deepEqual(outcomes(await runPod(status, { cluster })), [["cosmig", EXIT.check]]);
    assert.deepEqual(outcomes(await runPod(job, { cluster })), [["cosmig", 0]]);
    assert.deepEqual(outcomes(await runPod(status, { cluster })), [["cosmig", 0]]);
    for (const round of ["first", "second, which finds nothing left"]) {
      const [undone] = await runPod(rollback, { cluster });
      assert.equal(undone?.exitCode, 0, `${round}: ${undone?.stderr}`);
    }
    assert.deepEqual(outcomes(await runPod(status, { cluster })), [["cosmig", EXIT.check]]);
    const starts = await runPod(withInit, { cluster, application });
    assert.deepEqual(outcomes(starts), [["cosmig-up", EXIT.temporary]]);
    assert.match(starts[0]?.terminationMessage ?? "", /held/);
  },
);

const noWait = commandExists("wait") ? "" : 'the command "wait" does not exist yet';
testPod(
  "manifests/job-and-wait.yaml: a pod that waits starts its application when the Job is done",
  async () => {
    await using cluster = await createCluster();
    await cluster.startDatabase();
    const waiting = runPod(templateOf("manifests/job-and-wait.yaml: Deployment shop"), {
      cluster,
      application,
    });
    assert.deepEqual(outcomes(await runPod(job, { cluster })), [["cosmig", 0]]);
    assert.deepEqual(outcomes(await waiting), [["cosmig-wait", 0], ["shop", 0]]);
  },
  noWait,
);

Deno.test("docs/kubernetes.md: shows the termination message with the fields that it has", async () => {
  const shown = (await pageBlocks()).filter(({ file, language }) =>
    file === "docs/kubernetes.md" && language === "json"
  )
    .map(({ text }) => JSON.parse(text) as Message);
  assert.ok(shown.length > 0);
  for (const message of shown) {
    assert.ok(message.command && message.outcome && Number.isInteger(message.exitCode));
  }
});
