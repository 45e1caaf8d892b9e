import assert from "node:assert/strict";
import type { IMutatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";
import type { IValidatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";
import type { IPod } from "kubernetes-models/v1/Pod";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { mutate, refusals } from "./_admission.ts";
import { evaluateCel, typedLiterals } from "./_cel.ts";
import { commandExists, commandOf, loadSettings, parseCommandLine, surroundingsOf } from "./_command_line.ts";
import { deploySamples, type KubernetesObject } from "./_documents.ts";
import { checkTypes, validateObject } from "./_kubernetes_types.ts";
import { restrictedViolations } from "./_pod_security.ts";
import { podsOf } from "./_pods.ts";

const samples = await deploySamples();
function named<T>(kind: string, name: string): T {
  const found = samples.find(({ object }) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found.object as T;
}
const inject = named<IMutatingAdmissionPolicy>("MutatingAdmissionPolicy", "cosmig-inject");
const asked = named<IValidatingAdmissionPolicy>("ValidatingAdmissionPolicy", "cosmig-asked");
const required = named<IValidatingAdmissionPolicy>("ValidatingAdmissionPolicy", "cosmig-required");
const params = named<{ readonly data: Readonly<Record<string, string>> }>("ConfigMap", "cosmig");

/** The pod of the sample Deployment, without its init containers. */
const raw = podsOf(samples).find(({ sample }) =>
  sample.name.endsWith("/init-container.yaml: Deployment shop")
);
assert.ok(raw?.template.spec);
const { initContainers: rawInit = [], ...rawSpec } = raw.template.spec;
const [rawContainer] = rawInit;
assert.ok(rawContainer);
const { env = [] } = rawContainer;
const [app] = rawSpec.containers;
assert.ok(app);

const podWith = (annotations: Record<string, string> | undefined, spec: object = {}): IPod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "shop", ...(annotations && { annotations }) },
  spec: { ...rawSpec, containers: [{ ...app, env: [...env, { name: "PATH_BASE", value: "/" }] }], ...spec },
});

const initOf = (pod: IPod | undefined) => pod?.spec?.initContainers ?? [];

Deno.test("cosmig-inject gives a pod the init container of manifests/init-container.yaml", () => {
  const [injected, ...rest] = initOf(mutate(inject, podWith({ "cosmig/inject": "up" }), params));
  assert.deepEqual(rest, []);
  assert.deepEqual(injected, { ...rawContainer, envFrom: [], volumeMounts: [] });
});

for (const mode of ["up", "wait"]) {
  const command = commandOf(params.data[mode]?.split(" ") ?? []);
  const exists = commandExists(command);
  Deno.test({
    name: `cosmig-inject with ${mode}: the parser accepts what the ConfigMap says${
      exists ? "" : ` (skipped: the command "${command}" does not exist yet)`
    }`,
    ignore: !exists,
    fn: async () => {
      const [container] = initOf(mutate(inject, podWith({ "cosmig/inject": mode }), params));
      assert.ok(container);
      const parsed = await parseCommandLine(container.args ?? []);
      assert.equal(parsed.command, mode);
      assert.deepEqual(await loadSettings(parsed, surroundingsOf(container)), []);
    },
  });

  Deno.test(`cosmig-inject with ${mode}: the pod is valid, known to the types, and restricted`, async () => {
    const pod = mutate(inject, podWith({ "cosmig/inject": mode }), params);
    assert.ok(pod);
    const object = pod as unknown as KubernetesObject;
    await validateObject(object);
    assert.equal(await checkTypes([{ name: "pod", file: "pod", object }]), "");
    assert.deepEqual(restrictedViolations(pod as IPodTemplateSpec), []);
    assert.equal(initOf(pod)[0]?.name, `cosmig-${mode}`);
    assert.equal(initOf(pod)[0]?.args?.[0], mode);
  });
}

Deno.test("cosmig-inject leaves other pods alone, and does nothing twice", () => {
  assert.equal(mutate(inject, podWith(undefined), params), undefined);
  assert.equal(mutate(inject, podWith({ other: "x" }), params), undefined);
  assert.equal(mutate(inject, podWith({ "cosmig/inject": "none" }), params), undefined);
  const once = mutate(inject, podWith({ "cosmig/inject": "wait" }), params);
  assert.ok(once);
  assert.equal(mutate(inject, once, params), undefined);
});

Deno.test("cosmig-inject goes behind sidecars and in front of other init containers", () => {
  const container = (name: string, restartPolicy?: string) => ({
    name,
    image: "x",
    ...(restartPolicy && { restartPolicy }),
  });
  const place = (initContainers: object[]) =>
    initOf(mutate(inject, podWith({ "cosmig/inject": "up" }, { initContainers }), params)).map(({ name }) =>
      name
    );
  assert.deepEqual(place([container("warm")]), ["cosmig-up", "warm"]);
  assert.deepEqual(place([container("mesh", "Always"), container("warm")]), ["mesh", "cosmig-up", "warm"]);
  assert.deepEqual(place([]), ["cosmig-up"]);
});

Deno.test("cosmig-inject shares the settings and the read-only volumes of the named container, and no more", () => {
  const settings = {
    name: "orders",
    image: "x",
    env: [{ name: "COSMIG_SCOPE", value: "orders" }, { name: "OTHER", value: "x" }],
    envFrom: [{ secretRef: { name: "cosmos" } }],
    volumeMounts: [{ name: "ca", mountPath: "/ca", readOnly: true }, { name: "data", mountPath: "/data" }],
  };
  const pod = podWith({ "cosmig/inject": "wait", "cosmig/container": "orders", "cosmig/image": "own:1" }, {
    containers: [app, settings],
  });
  const [injected] = initOf(mutate(inject, pod, params));
  assert.deepEqual(injected?.env, [{ name: "COSMIG_SCOPE", value: "orders" }]);
  assert.deepEqual(injected?.envFrom, settings.envFrom);
  assert.deepEqual(injected?.volumeMounts, [settings.volumeMounts[0]]);
  assert.equal(injected?.image, "own:1");
});

Deno.test("cosmig-inject fails, and so refuses the pod, for a container that is not there and a parameter that is missing", () => {
  assert.throws(() =>
    mutate(inject, podWith({ "cosmig/inject": "up", "cosmig/container": "nobody" }), params)
  );
  assert.throws(() => mutate(inject, podWith({ "cosmig/inject": "up" }), { data: { image: "x" } }));
});

Deno.test("cosmig-inject writes each typed literal under the name of the field that holds it, as the API server demands", () => {
  const [mutation] = inject.spec?.mutations ?? [];
  const literals = typedLiterals(mutation?.jsonPatch?.expression ?? "");
  const types = literals.map(({ type }) => type).filter((type) => type !== "JSONPatch");
  assert.deepEqual(types, [
    "Object.spec.initContainers",
    "Object.spec.initContainers.resources",
    "Object.spec.initContainers.securityContext",
    "Object.spec.initContainers.securityContext.capabilities",
    "Object.spec.initContainers.securityContext.seccompProfile",
  ]);
  for (const type of types.slice(1)) {
    const parent = literals.find((literal) => literal.type === type.slice(0, type.lastIndexOf(".")));
    assert.ok(parent?.fields.includes(type.slice(type.lastIndexOf(".") + 1)), type);
  }
  for (const { type, fields } of literals) {
    if (type === "JSONPatch") assert.deepEqual(fields, ["op", "path", "value"]);
  }
});

Deno.test("cosmig-asked refuses a pod that asked for what it did not get, and a value that means nothing", () => {
  const injected = mutate(inject, podWith({ "cosmig/inject": "wait" }), params);
  assert.ok(injected);
  assert.deepEqual(refusals(asked, injected), []);
  assert.deepEqual(refusals(asked, podWith({ "cosmig/inject": "none" })), []);
  assert.deepEqual(refusals(asked, podWith(undefined)), []);
  assert.match(
    refusals(asked, podWith({ "cosmig/inject": "wait" })).join(),
    /cosmig-wait and did not get it/,
  );
  assert.match(refusals(asked, podWith({ "cosmig/inject": "wiat" })).join(), /current value is wiat/);
});

Deno.test("cosmig-required refuses unguarded pods, and none that this kit makes", () => {
  assert.equal(refusals(required, podWith(undefined)).length, 1);
  assert.equal(
    refusals(required, podWith(undefined, { initContainers: [{ name: "cosmig-up", image: "x" }] })).length,
    1,
  );
  assert.equal(
    refusals(
      required,
      podWith(undefined, { initContainers: [{ name: "cosmig-up", image: "x", args: ["list"] }] }),
    ).length,
    1,
  );
  assert.deepEqual(refusals(required, podWith({ "cosmig/inject": "none" })), []);
  for (const { sample, template } of podsOf(samples.filter(({ file }) => !file.includes("/base/")))) {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec: template.spec } as IPod;
    assert.deepEqual(refusals(required, pod), [], sample.name);
  }
});

Deno.test("bindings name policies that exist, and parameters of the pod's own namespace", () => {
  const bindings = samples.filter(({ object }) => object.kind.endsWith("AdmissionPolicyBinding"));
  assert.equal(bindings.length, 3);
  for (const { object } of bindings) {
    const { policyName, paramRef } = object["spec"] as {
      policyName: string;
      paramRef?: { name: string; namespace?: string };
    };
    const policy = samples.find((sample) =>
      sample.object.kind === object.kind.replace("Binding", "") && sample.object.metadata.name === policyName
    );
    assert.ok(policy, policyName);
    const { paramKind } = policy.object["spec"] as { paramKind?: object };
    assert.equal(paramRef === undefined, paramKind === undefined);
    assert.equal(paramRef?.namespace, undefined);
  }
});

Deno.test("policies keep a rule of the API server: an expression of several lines comes with a message", () => {
  for (const { spec } of [asked, required]) {
    for (const { expression, message } of spec?.validations ?? []) {
      assert.ok(
        !expression.trim().includes("\n") || (message !== undefined && !message.includes("\n")),
        expression,
      );
    }
  }
});

Deno.test("evaluateCel() fails for a field that is not there, as the API server does", () => {
  assert.throws(() => evaluateCel("object.spec.initContainers.exists(c, true)", { object: { spec: {} } }));
  assert.equal(evaluateCel("has(object.spec.initContainers)", { object: { spec: {} } }), false);
  assert.deepEqual(evaluateCel('Object.a{b: [1], c: "x"}', {}), { b: [1], c: "x" });
});
