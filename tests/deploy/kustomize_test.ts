import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { deploySamples, kustomizePatches, readText, ROOT, samplesIn } from "./_documents.ts";
import { checkTypes, validateObject } from "./_kubernetes_types.ts";
import { restrictedViolations } from "./_pod_security.ts";
import { cosmigContainers, podsOf } from "./_pods.ts";

const OVERLAYS = ["init-up", "job-and-wait"];

/** Why overlays cannot be built; empty where they can. kubectl has had components since 1.21. */
function whyNoKustomize(): string {
  const { status, stdout, error } = spawnSync("kubectl", ["version", "--client", "--output=json"], {
    encoding: "utf8",
  });
  if (error !== undefined || status !== 0) return "there is no kubectl here";
  const { clientVersion } = JSON.parse(stdout) as {
    clientVersion: { major: string; minor: string; gitVersion: string };
  };
  const old = clientVersion.major === "1" && Number.parseInt(clientVersion.minor) < 21;
  return old ? `kubectl ${clientVersion.gitVersion} knows no components` : "";
}
const reason = whyNoKustomize();

for (const overlay of OVERLAYS) {
  Deno.test({
    name: `kubectl kustomize: overlay ${overlay} equals its golden file${
      reason === "" ? "" : ` (skipped: ${reason})`
    }`,
    ignore: reason !== "",
    fn: async () => {
      const { status, stdout, stderr } = spawnSync("kubectl", [
        "kustomize",
        `deploy/kustomize/overlays/${overlay}`,
      ], {
        cwd: ROOT,
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, await readText(`tests/deploy/golden/${overlay}.golden`));
    },
  });

  Deno.test(`golden/${overlay}.golden: is valid, known to the types, and restricted`, async () => {
    const samples = samplesIn(await readText(`tests/deploy/golden/${overlay}.golden`), overlay);
    for (const { object } of samples) await validateObject(object);
    assert.equal(await checkTypes(samples), "");
    for (const { template } of podsOf(samples)) assert.deepEqual(restrictedViolations(template), []);
  });

  Deno.test(`golden/${overlay}.golden: every workload is guarded before its own init containers, but for those that say so`, async () => {
    const samples = samplesIn(await readText(`tests/deploy/golden/${overlay}.golden`), overlay);
    const name = overlay === "init-up" ? "cosmig-up" : "cosmig-wait";
    const found = podsOf(samples).filter(({ sample }) => sample.object.kind !== "Job").map((
      { sample, template },
    ) => [
      `${sample.object.kind} ${sample.object.metadata.name}`,
      template.spec?.initContainers?.map((container) => container.name) ?? [],
    ]);
    assert.deepEqual(Object.fromEntries(found), {
      "Deployment shop": [name, "warm-cache"],
      "StatefulSet shop-orders": [name],
      "Deployment shop-images": [],
    });
  });
}

Deno.test("kustomize/components: their containers are those of the manifests, but for name of image and source of settings", async () => {
  const raw = cosmigContainers(await deploySamples()).filter(({ pod }) =>
    pod.sample.file.includes("/manifests/")
  );
  const parts = [
    ...await kustomizePatches(),
    ...(await deploySamples()).filter(({ file }) => file.includes("/components/")),
  ];
  const components = cosmigContainers(parts);
  assert.equal(components.length, 3);
  for (const { container, name } of components) {
    const { image: _, envFrom, ...own } = container;
    const model = raw.find((other) => other.container.name === container.name);
    assert.ok(model);
    const { image: __, env: ___, ...expected } = model.container;
    assert.deepEqual(own, expected, name);
    assert.deepEqual(envFrom, [{ secretRef: { name: "cosmos" } }]);
  }
  for (const { object } of await kustomizePatches()) {
    const { template } = object["spec"] as { template: IPodTemplateSpec };
    assert.deepEqual(Object.keys(template.spec ?? {}), ["initContainers"], "a patch touches nothing else");
  }
});
