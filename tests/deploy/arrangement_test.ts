/**
 * What makes each file of the kit work, and no type or standard demands: who waits for whom, whose identity it is, what a controller may do with a Job.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { IMutatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";
import type { IMutatingAdmissionPolicyBinding } from "kubernetes-models/admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding";
import type { IValidatingAdmissionPolicy } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";
import type { IValidatingAdmissionPolicyBinding } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding";
import type { ICronJob } from "kubernetes-models/batch/v1/CronJob";
import type { IJob } from "kubernetes-models/batch/v1/Job";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { IKustomization } from "@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization";
import { deploySamples, type KubernetesObject } from "./_documents.ts";
import { podsOf } from "./_pods.ts";

const samples = await deploySamples();

function objectsIn<T>(file: string, kind: string): (T & KubernetesObject)[] {
  const found = samples.filter((sample) => sample.file === `deploy/${file}` && sample.object.kind === kind);
  assert.ok(found.length > 0, `${file} has no ${kind}`);
  return found.map(({ object }) => object as T & KubernetesObject);
}

Deno.test("manifests/rollback-cronjob.yaml: never starts by itself, and never twice at once", () => {
  const [{ spec } = {}] = objectsIn<ICronJob>("manifests/rollback-cronjob.yaml", "CronJob");
  assert.equal(spec?.suspend, true);
  assert.equal(spec.concurrencyPolicy, "Forbid");
});

Deno.test("manifests: Jobs go away after a time, but for those that a controller would miss", () => {
  for (const { file, object } of samples.filter(({ object }) => object.kind === "Job")) {
    const { ttlSecondsAfterFinished: ttl } = (object as unknown as IJob).spec ?? {};
    if (/argocd|flux|kustomize/.test(file)) assert.equal(ttl, undefined, `${file} would be out of sync`);
    else assert.ok(ttl !== undefined && ttl >= 3_600, `${file}: ${ttl} s to read its log`);
  }
});

Deno.test("manifests: every Job is ended by its cluster at last", () => {
  for (const { file, object } of samples.filter(({ object }) => object.kind === "Job")) {
    const { activeDeadlineSeconds } = (object as unknown as IJob).spec ?? {};
    assert.ok(activeDeadlineSeconds !== undefined && activeDeadlineSeconds > 0, file);
  }
});

Deno.test("manifests/argocd-presync.yaml: migrates before the synchronisation, checks behind it, and makes room for itself", () => {
  const jobs = objectsIn<IJob>("manifests/argocd-presync.yaml", "Job");
  const annotations = jobs.map(({ metadata }) => metadata.annotations ?? {});
  assert.deepEqual(
    annotations.map((all) => all["argocd.argoproj.io/hook"]),
    ["PreSync", "PostSync"],
  );
  for (const all of annotations) {
    assert.equal(all["argocd.argoproj.io/hook-delete-policy"], "BeforeHookCreation");
  }
  assert.deepEqual(
    jobs.map(({ spec }) => spec?.template.spec?.containers[0]?.args?.[0]),
    ["up", "status"],
  );
});

Deno.test("manifests/flux.yaml: the application depends on Kustomization and Job of the migrations, which is made anew", () => {
  const [migrations, application] = objectsIn<IKustomization>("manifests/flux.yaml", "Kustomization");
  assert.equal(migrations?.spec?.wait, true);
  assert.deepEqual(application?.spec?.dependsOn, [{ name: migrations?.metadata.name }]);
  const [job] = objectsIn<IJob>("manifests/flux.yaml", "Job");
  assert.equal(job?.metadata.annotations?.["kustomize.toolkit.fluxcd.io/force"], "enabled");
  const timeout = /^(\d+)m$/.exec(migrations?.spec?.timeout ?? "")?.[1];
  assert.ok(Number(timeout) * 60 > (job?.spec?.activeDeadlineSeconds ?? Infinity), "Flux waits longer");
});

Deno.test("manifests/workload-identity.yaml: Job and application have identities of their own, and what the webhook looks for", () => {
  const file = "manifests/workload-identity.yaml";
  const accounts = objectsIn<IServiceAccount>(file, "ServiceAccount");
  const clientIds = accounts.map(({ metadata }) =>
    metadata.annotations?.["azure.workload.identity/client-id"]
  );
  assert.equal(new Set(clientIds).size, 2);
  assert.ok(clientIds.every((id) => id !== undefined));
  const pods = podsOf(samples.filter((sample) => sample.file === `deploy/${file}`));
  assert.deepEqual(pods.map(({ sample }) => sample.object.kind), ["Job", "Deployment"]);
  assert.deepEqual(
    pods.map(({ template }) => template.spec?.serviceAccountName),
    accounts.map(({ metadata }) => metadata.name),
  );
  for (const { template } of pods) {
    assert.equal(template.metadata?.labels?.["azure.workload.identity/use"], "true");
  }
});

Deno.test("manifests: a Deployment that waits for a Job gives it more time than the Job has", () => {
  for (const { sample, template } of podsOf(samples)) {
    if (sample.object.kind !== "Deployment" || !sample.file.includes("/manifests/")) continue;
    const waits = template.spec?.initContainers?.some(({ name }) => name === "cosmig-wait");
    if (!waits) continue;
    const { progressDeadlineSeconds = 600 } = sample.object["spec"] as {
      readonly progressDeadlineSeconds?: number;
    };
    const [job] = samples.filter(({ file, object }) => file === sample.file && object.kind === "Job");
    const { activeDeadlineSeconds } = (job?.object as unknown as IJob | undefined)?.spec ?? {};
    assert.ok(progressDeadlineSeconds > (activeDeadlineSeconds ?? Infinity), sample.name);
  }
});

Deno.test("policy/: what fails refuses, new pods are looked at, and refusals are in force", () => {
  const policies = [
    ...objectsIn<IMutatingAdmissionPolicy>("policy/inject.yaml", "MutatingAdmissionPolicy"),
    ...objectsIn<IValidatingAdmissionPolicy>("policy/require.yaml", "ValidatingAdmissionPolicy"),
  ];
  for (const { metadata, spec } of policies) {
    assert.equal(spec?.failurePolicy, "Fail", metadata.name);
    assert.deepEqual(spec.matchConstraints?.resourceRules, [
      { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] },
    ], metadata.name);
  }
  const [inject] = objectsIn<IMutatingAdmissionPolicyBinding>(
    "policy/inject.yaml",
    "MutatingAdmissionPolicyBinding",
  );
  assert.equal(inject?.spec?.paramRef?.parameterNotFoundAction, "Allow");
  const bindings = objectsIn<IValidatingAdmissionPolicyBinding>(
    "policy/require.yaml",
    "ValidatingAdmissionPolicyBinding",
  );
  for (const { metadata, spec } of bindings) {
    assert.deepEqual(spec?.validationActions, ["Deny"], metadata.name);
  }
  assert.deepEqual(
    bindings.map(({ spec }) => spec?.matchResources?.namespaceSelector?.matchLabels),
    [undefined, { cosmig: "required" }],
  );
});
