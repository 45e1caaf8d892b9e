import assert from "node:assert/strict";
import type { IJobSpec } from "kubernetes-models/batch/v1/JobSpec";
import { EXIT } from "../../lib/base/exit_code.ts";
import { deploySamples, pageSamples, readText, type Sample } from "./_documents.ts";
import { containersOf } from "./_pods.ts";

const jobs = [...await deploySamples(), ...await pageSamples()].flatMap((sample) => {
  const spec = specOf(sample);
  return spec?.podFailurePolicy === undefined ? [] : [{ ...sample, spec, policy: spec.podFailurePolicy }];
});

/** Trying again changes nothing about these. */
const FINAL = [EXIT.failed, EXIT.usage, EXIT.conflict];

for (const { name, spec, policy } of jobs) {
  Deno.test(`${name}: fails at once for the exit codes of the source that stay the same, and is tried again for the others`, () => {
    const [ignored, failing, ...rest] = policy.rules;
    assert.deepEqual(ignored, {
      action: "Ignore",
      onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
    });
    const args = spec.template.spec?.containers[0]?.args ?? [];
    assert.deepEqual(failing, {
      action: "FailJob",
      onExitCodes: {
        containerName: "cosmig",
        operator: "In",
        values: args.includes("--check") ? [...FINAL, EXIT.check] : FINAL,
      },
    });
    assert.deepEqual(rest, []);
  });

  Deno.test(`${name}: keeps the rules of a podFailurePolicy that its types do not show`, () => {
    const { restartPolicy } = spec.template.spec ?? {};
    assert.equal(restartPolicy, "Never");
    assert.equal(spec.podReplacementPolicy, "Failed");
    const names = containersOf(spec.template).map(({ container }) => container.name);
    for (const { onExitCodes } of policy.rules) {
      const { values = [], containerName, operator } = onExitCodes ?? {};
      assert.deepEqual([...new Set(values)].sort((left, right) => left - right), values);
      assert.ok(!(operator === "In" && values.includes(0)));
      if (containerName !== undefined) assert.ok(names.includes(containerName));
    }
  });
}

for (const file of ["README.md", "docs/kubernetes.md"]) {
  Deno.test(`${file}: its table has every exit code of the source and no other`, async () => {
    const table = (await readText(file)).split("\n").filter((line) => /^\| *\d+(, \d+)* *\|/.test(line));
    const codes = table.flatMap((line) => (line.split("|")[1] ?? "").split(",").map(Number));
    assert.deepEqual(codes, Object.values(EXIT));
  });
}

Deno.test("values in deploy/helm: the chart has the exit codes of the source", async () => {
  const template = await readText("deploy/helm/cosmig/templates/job.yaml");
  assert.deepEqual(/values: \[(.*)\]/.exec(template)?.[1]?.split(", ").map(Number), FINAL);
});

Deno.test("deploy/: the Jobs were found", () => {
  assert.ok(jobs.length >= 6, `${jobs.length} Jobs`);
});

function specOf({ object }: Sample): IJobSpec | undefined {
  if (object.kind === "Job") return object["spec"] as IJobSpec;
  if (object.kind !== "CronJob") return undefined;
  return (object["spec"] as { readonly jobTemplate: { readonly spec: IJobSpec } }).jobTemplate.spec;
}
