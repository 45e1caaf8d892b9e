import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parseCommandLine } from "./_command_line.ts";
import { deploySamples, type KubernetesObject, readText, ROOT, samplesIn } from "./_documents.ts";
import { mergeValues, readChart, renderChart, type Rendered } from "./_helm_chart.ts";
import { checkTypes, validateObject } from "./_kubernetes_types.ts";
import { restrictedViolations } from "./_pod_security.ts";
import { podsOf } from "./_pods.ts";

const chart = await readChart("deploy/helm/cosmig");
const example = await readChart("deploy/helm/example", [chart]);
const schema = JSON.parse(await readText("deploy/helm/cosmig/values.schema.json")) as object;
const validate = new Ajv({ allErrors: true, strict: true }).compile(schema);
const raw = await deploySamples();

const MODES = ["init", "job", "hook"] as const;
const values = (change: object = {}) => ({ cosmig: { mode: "job", ...change } });
const render = (change?: object, revision = 3) =>
  renderChart(example, values(change), { name: "shop", revision });

/** Each value of the chart, but those that take the place of others. */
const everyValue = (mode: (typeof MODES)[number]) => ({
  mode,
  image: {
    repository: "registry.example.com/shop-migrations",
    digest: `sha256:${"0".repeat(64)}`,
    pullPolicy: "Always",
  },
  imagePullSecrets: [{ name: "registry" }],
  serviceAccount: { create: true, name: "shop-migrator" },
  envFrom: [{ secretRef: { name: "more" } }],
  volumes: [{ name: "ca", secret: { secretName: "ca" } }],
  volumeMounts: [{ name: "ca", mountPath: "/ca", readOnly: true }],
  podLabels: { team: "shop" },
  podAnnotations: { "example.com/note": "x" },
  nodeSelector: { "kubernetes.io/arch": "amd64" },
  tolerations: [{ key: "batch", operator: "Exists" }],
  affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
});

/** The pod of an object in `deploy/manifests`, as the chart writes it. */
function rawPod(file: string, kind: string): unknown {
  const found = raw.find((sample) =>
    sample.file === `deploy/manifests/${file}` && sample.object.kind === kind
  );
  assert.ok(found, `${file} has no ${kind}`);
  return podSpec(found.object);
}

function podSpec(object: KubernetesObject): Record<string, unknown> {
  return (object["spec"] as { template: { spec: Record<string, unknown> } }).template.spec;
}

function only({ objects }: Rendered, kind: string): KubernetesObject {
  const [object, ...rest] = objects.filter((object) => object.kind === kind);
  assert.ok(object !== undefined && rest.length === 0, `one ${kind}`);
  return object;
}

Deno.test("mode: init gives the pods of manifests/init-container.yaml, and no Job", () => {
  const rendered = render({ mode: "init" });
  assert.deepEqual(podSpec(only(rendered, "Deployment")), rawPod("init-container.yaml", "Deployment"));
  assert.deepEqual(rendered.objects.map(({ kind }) => kind), ["Deployment"]);
});

for (const mode of ["job", "hook"] as const) {
  Deno.test(`mode: ${mode} gives the pods of manifests/job-and-wait.yaml`, () => {
    const rendered = render({ mode });
    assert.deepEqual(podSpec(only(rendered, "Deployment")), rawPod("job-and-wait.yaml", "Deployment"));
    assert.deepEqual(podSpec(only(rendered, "Job")), rawPod("job-and-wait.yaml", "Job"));
  });
}

Deno.test("mode: job gives the Job of manifests/job-and-wait.yaml, named by the revision", () => {
  const job = only(render({ mode: "job" }), "Job");
  assert.equal(job.metadata.name, "shop-cosmig-3");
  assert.equal(only(render({ mode: "job" }, 4), "Job").metadata.name, "shop-cosmig-4");
  const expected = raw.find(({ name }) => name.endsWith("job-and-wait.yaml: Job shop-migrations-1-4-0"));
  const { template: _, ...spec } = job["spec"] as Record<string, unknown>;
  const { template: __, ...rawSpec } = expected?.object["spec"] as Record<string, unknown>;
  assert.deepEqual(spec, rawSpec);
  assert.equal(job.metadata.annotations, undefined);
});

Deno.test("mode: job keeps the name of a Job within 63 characters", () => {
  const { objects } = renderChart(chart, { image: { repository: "x" } }, {
    name: "r".repeat(53),
    revision: 123_456_789_012,
  });
  assert.match(objects[0]?.metadata.name ?? "", /^[a-z0-9-]{1,63}$/);
});

Deno.test("mode: hook makes Job and ServiceAccount hooks that run before anything else, the account first", () => {
  const rendered = render({ mode: "hook", serviceAccount: { create: true } });
  const job = only(rendered, "Job");
  assert.equal(job.metadata.name, "shop-cosmig");
  assert.deepEqual(job.metadata.annotations, {
    "helm.sh/hook": "pre-install,pre-upgrade",
    "helm.sh/hook-weight": "-5",
    "helm.sh/hook-delete-policy": "before-hook-creation",
  });
  const weight = only(rendered, "ServiceAccount").metadata.annotations?.["helm.sh/hook-weight"];
  assert.ok(Number(weight) < -5);
  assert.equal(podSpec(job)["serviceAccountName"], "shop-cosmig");
});

Deno.test("values of workloadIdentity put label and annotation where the webhook looks for them", () => {
  const clientId = "00000000-0000-0000-0000-000000000001";
  const change = { workloadIdentity: { clientId }, serviceAccount: { create: true }, secret: { name: "" } };
  const rendered = render(change);
  assert.equal(
    only(rendered, "ServiceAccount").metadata.annotations?.["azure.workload.identity/client-id"],
    clientId,
  );
  const { template } = only(rendered, "Job")["spec"] as {
    template: { metadata: { labels: Record<string, string> } };
  };
  assert.equal(template.metadata.labels["azure.workload.identity/use"], "true");
});

Deno.test("values of a chart go before those of global.cosmig.env", () => {
  const { objects } = renderChart(example, {
    ...values({ env: { COSMIG_SCOPE: "own" } }),
    global: { cosmig: { env: { COSMIG_SCOPE: "of all", COSMIG_RU_LIMIT: "2000" } } },
  }, { name: "shop", revision: 1 });
  const job = objects.find(({ kind }) => kind === "Job");
  assert.ok(job);
  const [container] = podSpec(job)["containers"] as { env: { name: string; value?: string }[] }[];
  assert.deepEqual(container?.env.map(({ name, value }) => [name, value]), [
    ["CosmosDb__ConnectionString", undefined],
    ["COSMIG_RU_LIMIT", "2000"],
    ["COSMIG_SCOPE", "own"],
    ["CosmosDb__DatabaseName", "shop"],
  ]);
});

Deno.test("up.args reach the Job and the init container, and the parser accepts them", async () => {
  const up = { args: ["--ru-limit=2000", "--allow-destructive"] };
  for (const mode of ["init", "job"] as const) {
    const object = only(render({ mode, up }), mode === "init" ? "Deployment" : "Job");
    const [container] = podSpec(object)[mode === "init" ? "initContainers" : "containers"] as {
      args: string[];
    }[];
    assert.ok(container);
    assert.ok(container.args.includes("--ru-limit=2000"));
    assert.equal((await parseCommandLine(container.args)).command, "up");
  }
});

for (const mode of MODES) {
  Deno.test(`mode: ${mode} with every value set is valid, restricted, and known to the types`, async () => {
    const { objects, notes } = render(everyValue(mode));
    const samples = objects.map((object) => ({ name: object.kind, file: "rendered", object }));
    for (const { object } of samples) await validateObject(object);
    assert.equal(await checkTypes(samples), "");
    for (const { template } of podsOf(samples)) assert.deepEqual(restrictedViolations(template), []);
    assert.match(notes, mode === "init" ? /No Job is created/ : /job\/shop-cosmig/);
  });
}

Deno.test("values.schema.json accepts what the chart brings, with a repository, and what the example sets", () => {
  const own = mergeValues(chart.values, { image: { repository: "x" } });
  assert.equal(validate(own), true, JSON.stringify(validate.errors));
  const ofExample = mergeValues(chart.values, { ...(example.values["cosmig"] as object), global: {} });
  assert.equal(validate(ofExample), true, JSON.stringify(validate.errors));
});

Deno.test("values.schema.json refuses what is misspelt, and secrets in plain text", () => {
  const refused = [
    {},
    { mode: "sidecar" },
    { imag: {} },
    { image: { repository: "x", tag: 1.4 } },
    { wait: { timeout: 30 } },
    { wait: { timeout: "30" } },
    { job: { backoffLimit: -1 } },
    { env: { CosmosDb__ConnectionString: "AccountEndpoint=…" } },
    { env: { COSMOSDB__CONNECTIONSTRING: "AccountEndpoint=…" } },
    { env: { CosmosDb__accountkey: "…" } },
    { global: { cosmig: { env: { CosmosDb__ConnectionString: "AccountEndpoint=…" } } } },
    { global: { cosmig: { envs: {} } } },
    { env: { "lower-case": "x" } },
    { env: { COSMIG_RU_LIMIT: 4000 } },
    { workloadIdentity: { clientId: "me" } },
    { up: { args: ["rollback"] } },
  ];
  for (const change of refused) {
    const image = Object.keys(change).length === 0 ? {} : { image: { repository: "x" } };
    assert.equal(validate(mergeValues(chart.values, { ...image, ...change })), false, JSON.stringify(change));
  }
});

Deno.test("values.schema.json describes every value of values.yaml, and no other", () => {
  const { properties } = schema as { readonly properties: Record<string, unknown> };
  const ofHelm = ["enabled", "global"];
  assert.deepEqual(
    Object.keys(properties).filter((key) => !ofHelm.includes(key)).sort(),
    Object.keys(chart.values).sort(),
  );
});

Deno.test("renderChart() fails for an unknown mode and without an image", () => {
  assert.throws(() => render({ mode: "sidecar" }), /mode has to be init, job or hook/);
  assert.throws(() => renderChart(chart, {}, { name: "x", revision: 1 }), /image\.repository is required/);
});

const noHelm = spawnSync("helm", ["version", "--short"]).status === 0
  ? ""
  : " (skipped: there is no helm here)";

/** The example as Helm renders it. Helm writes what a chart depends on into its folder, so it gets a copy. */
async function helmTemplate(values: object): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-helm-"));
  const helm = (...args: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync("helm", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(stdout + stderr);
    return stdout;
  };
  try {
    await cp(join(ROOT, "deploy/helm"), folder, { recursive: true });
    await writeFile(join(folder, "values.json"), JSON.stringify(values));
    helm("dependency", "update", "example");
    helm("lint", "--strict", "example", "--values", "values.json");
    return samplesIn(helm("template", "shop", "example", "--values", "values.json"), "helm").map((
      { object },
    ) => object);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const sorted = (objects: readonly KubernetesObject[]) =>
  objects.toSorted((left, right) => left.kind < right.kind ? -1 : 1);

function testHelm(name: string, test: () => Promise<void>): void {
  Deno.test({ name: `${name}${noHelm}`, ignore: noHelm !== "", fn: test });
}

for (const mode of MODES) {
  testHelm(`helm template: mode ${mode} gives what the small renderer of the tests gives`, async () => {
    for (const change of [{ mode }, everyValue(mode)]) {
      const expected = render(change, 1).objects;
      assert.deepEqual(sorted(await helmTemplate(values(change))), sorted(expected));
    }
  });
}

testHelm(
  "helm template: settings of all charts are below those of the chart, and refused with a secret",
  async () => {
    const withGlobal = (env: object) => ({
      ...values({ env: { COSMIG_SCOPE: "own" } }),
      global: { cosmig: { env } },
    });
    const given = withGlobal({ COSMIG_SCOPE: "of all", COSMIG_RU_LIMIT: "2000" });
    const expected = renderChart(example, given, { name: "shop", revision: 1 }).objects;
    assert.deepEqual(sorted(await helmTemplate(given)), sorted(expected));
    for (const name of ["CosmosDb__ConnectionString", "cosmosdb__ACCOUNTKEY", "COSMOSDB__ACCOUNTKEY"]) {
      const refused = new RegExp(`invalid propertyName '${name}'`);
      await assert.rejects(helmTemplate(withGlobal({ [name]: "AccountEndpoint=…" })), refused);
      await assert.rejects(helmTemplate(values({ env: { [name]: "AccountEndpoint=…" } })), refused);
    }
  },
);
