import assert from "node:assert/strict";
import { deploySamples, type KubernetesObject, pageSamples, type Sample } from "./_documents.ts";
import { checkTypes, validateObject } from "./_kubernetes_types.ts";

const samples = [...await deploySamples(), ...await pageSamples()];

for (const { name, object } of samples) {
  Deno.test(`${name}: is valid against the types of Kubernetes`, async () => {
    await validateObject(object);
    assert.match(object.metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });
}

Deno.test("deploy/ and docs/: no object has a field that Kubernetes does not know", async () => {
  assert.equal(await checkTypes(samples), "");
});

Deno.test("checkTypes() and validateObject() find a misspelt field, a wrong type and a missing field", async () => {
  const base = samples.find(({ object }) => object.kind === "Job");
  assert.ok(base);
  const spec = base.object["spec"] as object;
  const changed = (change: object): Sample => ({ ...base, object: { ...base.object, ...change } });
  const misspelt = await checkTypes([changed({ spec: { ...spec, backofLimit: 1 } })]);
  assert.match(misspelt, /'"backofLimit"' does not exist/);
  const invalid = (change: object) =>
    assert.rejects(validateObject({ ...base.object, ...change } as KubernetesObject));
  await invalid({ spec: { ...spec, backoffLimit: "four" } });
  await invalid({ spec: { ...spec, template: undefined } });
});
