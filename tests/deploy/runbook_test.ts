import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApiServer } from "./_api_server.ts";
import { parseCommandLine } from "./_command_line.ts";
import { deploySamples, pageBlocks } from "./_documents.ts";
import { runProgram } from "./_engine.ts";
import { validateObject } from "./_kubernetes_types.ts";
import { restrictedViolations } from "./_pod_security.ts";
import { podsOf } from "./_pods.ts";

const noKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0
  ? ""
  : "there is no kubectl here";

Deno.test({
  name: `docs/kubernetes.md: the pipeline of the runbook asks a question by way of the suspended CronJob${
    noKubectl === "" ? "" : ` (skipped: ${noKubectl})`
  }`,
  ignore: noKubectl !== "",
  fn: async () => {
    const pipeline = (await pageBlocks()).map(({ text }) =>
      /^kubectl create job ask[\s\S]*?kubectl create --filename=-$/m.exec(text)?.[0]
    ).find((text) => text !== undefined);
    assert.ok(pipeline, "the page shows it");
    const samples = await deploySamples();
    const folder = await mkdtemp(join(tmpdir(), "cosmig-runbook-"));
    try {
      await using server = await startApiServer(
        samples.filter(({ object }) => object.kind === "CronJob").map(({ object }) => object),
      );
      const kubeconfig = join(folder, "kubeconfig");
      await writeFile(kubeconfig, server.kubeconfig);
      const { exitCode, stderr } = await runProgram(["bash", "-euo", "pipefail", "-c", pipeline], {
        env: { KUBECONFIG: kubeconfig, HOME: folder },
      });
      assert.equal(exitCode, 0, stderr);
      const [job, ...rest] = server.created;
      assert.ok(job !== undefined && rest.length === 0);
      assert.deepEqual([job.kind, job.metadata.name], ["Job", "ask"]);
      await validateObject(job);
      const [pod] = podsOf([{ name: "ask", file: "ask", object: job }]);
      assert.ok(pod);
      assert.deepEqual(restrictedViolations(pod.template), []);
      const [container, ...others] = pod.template.spec?.containers ?? [];
      assert.deepEqual(others, []);
      assert.equal((await parseCommandLine(container?.args ?? [])).command, "status");
      assert.ok(container?.env?.some(({ name }) => name === "CosmosDb__ConnectionString"));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});
