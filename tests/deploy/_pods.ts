import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { KubernetesObject, Sample } from "./_documents.ts";

/** A pod that an object makes, and the object. */
export interface Pod {
  readonly sample: Sample;
  readonly template: IPodTemplateSpec;
}

/** A container of cosmig: not one of the application that a sample shows beside it. */
export interface Container {
  /** For names of tests. */
  readonly name: string;
  readonly pod: Pod;
  readonly container: IContainer;
  readonly init: boolean;
}

/** The pods that the samples make. */
export function podsOf(samples: readonly Sample[]): Pod[] {
  return samples.flatMap((sample) => {
    const template = templateOf(sample.object);
    return template === undefined ? [] : [{ sample, template }];
  });
}

/** The containers of cosmig in the samples. They are known by their name: `cosmig`, `cosmig-up`, `cosmig-wait`. */
export function cosmigContainers(samples: readonly Sample[]): Container[] {
  return podsOf(samples).flatMap((pod) =>
    containersOf(pod.template).filter(({ container }) => /^cosmig(-|$)/.test(container.name)).map((
      { container, init },
    ) => ({
      name: `${pod.sample.name}: ${container.name} ${(container.args ?? []).join(" ")}`,
      pod,
      container,
      init,
    }))
  );
}

/** All containers of a pod, those that run first in front. */
export function containersOf({ spec }: IPodTemplateSpec): { container: IContainer; init: boolean }[] {
  return [
    ...(spec?.initContainers ?? []).map((container) => ({ container, init: true })),
    ...(spec?.containers ?? []).map((container) => ({ container, init: false })),
  ];
}

interface WithTemplate {
  readonly template?: IPodTemplateSpec;
  readonly jobTemplate?: { readonly spec?: { readonly template?: IPodTemplateSpec } };
}

function templateOf(object: KubernetesObject): IPodTemplateSpec | undefined {
  if (object.kind === "Pod") return object as IPodTemplateSpec;
  const spec = object["spec"] as WithTemplate | undefined;
  return spec?.jobTemplate?.spec?.template ?? spec?.template;
}
