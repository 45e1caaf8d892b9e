import assert from "node:assert/strict";
import { deploySamples, pageSamples } from "./_documents.ts";
import { restrictedViolations } from "./_pod_security.ts";
import { cosmigContainers, podsOf } from "./_pods.ts";

const samples = [...await deploySamples(), ...await pageSamples()];
const pods = podsOf(samples);
const containers = cosmigContainers(samples);

for (const { sample, template } of pods) {
  Deno.test(`${sample.name}: passes the Pod Security Standard "restricted"`, () => {
    assert.deepEqual(restrictedViolations(template), []);
  });

  Deno.test(`${sample.name}: mounts no token of a service account`, () => {
    assert.equal(template.spec?.automountServiceAccountToken, false);
    assert.equal(template.spec?.enableServiceLinks, false);
  });
}

for (const { name, container, pod, init } of containers) {
  Deno.test(`${name}: is restricted by itself, as user 65532 on a read-only root`, () => {
    const { securityContext, terminationMessagePolicy, resources } = container;
    assert.deepEqual(securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.equal(terminationMessagePolicy, "FallbackToLogsOnError");
    assert.equal(resources?.requests?.["memory"], resources?.limits?.["memory"], "memory may be taken away");
    assert.equal(resources?.limits?.["cpu"], undefined, "a limit of processor time only slows the start");
    assert.equal(container.command, undefined, "the entry point of the image is the executable");
  });

  Deno.test(`${name}: has time to release the lease when it is stopped`, () => {
    assert.ok((pod.template.spec?.terminationGracePeriodSeconds ?? 30) >= 30);
    if (!init) assert.equal(pod.template.spec?.restartPolicy, "Never");
  });
}

Deno.test("restrictedViolations() finds each field that is changed", () => {
  const [pod] = pods.filter(({ template }) => template.spec?.initContainers !== undefined);
  assert.ok(pod?.template.spec);
  const base = pod.template;
  const { spec } = pod.template;
  const [first] = spec.initContainers ?? [];
  assert.ok(first);
  const withPod = (change: object) => restrictedViolations({ ...base, spec: { ...spec, ...change } });
  const withContainer = (change: object) =>
    withPod({
      initContainers: [{ ...first, securityContext: { ...first.securityContext, ...change } }],
    });
  assert.deepEqual(withPod({}), []);
  for (
    const change of [
      { hostNetwork: true },
      { hostPID: true },
      { hostIPC: true },
      { volumes: [{ name: "host", hostPath: { path: "/" } }] },
      { securityContext: { ...spec.securityContext, sysctls: [{ name: "kernel.msgmax", value: "1" }] } },
      { securityContext: { ...spec.securityContext, runAsUser: 0 } },
      { securityContext: { ...spec.securityContext, runAsNonRoot: false } },
      { securityContext: undefined }, // the application has none of its own
    ]
  ) assert.notDeepEqual(withPod(change), [], JSON.stringify(change));
  for (
    const change of [
      { privileged: true },
      { allowPrivilegeEscalation: undefined },
      { capabilities: undefined },
      { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } },
      { runAsNonRoot: false },
      { runAsUser: 0 },
      { seccompProfile: { type: "Unconfined" } },
      { appArmorProfile: { type: "Unconfined" } },
      { procMount: "Unmasked" },
      { seLinuxOptions: { type: "spc_t" } },
      { windowsOptions: { hostProcess: true } },
    ]
  ) assert.notDeepEqual(withContainer(change), [], JSON.stringify(change));
  assert.notDeepEqual(
    withPod({ initContainers: [{ ...first, ports: [{ containerPort: 1, hostPort: 1 }] }] }),
    [],
  );
});

Deno.test("deploy/: the samples were found", () => {
  assert.ok(pods.length >= 15, `${pods.length} pods`);
  assert.ok(containers.length >= 12, `${containers.length} containers`);
});
