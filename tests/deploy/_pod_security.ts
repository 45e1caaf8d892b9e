import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { ISecurityContext } from "kubernetes-models/v1/SecurityContext";
import { containersOf } from "./_pods.ts";

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SAFE_SYSCTLS =
  /^(kernel\.shm_rmid_forced|net\.ipv4\.(ip_local_port_range|ip_unprivileged_port_start|tcp_syncookies|ping_group_range|ip_local_reserved_ports|tcp_keepalive_(time|intvl|probes)|tcp_fin_timeout|tcp_rmem|tcp_wmem))$/;
const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/**
 * Every control of the Pod Security Standard "restricted", which includes those of "baseline", field by field.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 *
 * @returns what a cluster that enforces it would refuse, in words
 */
export function restrictedViolations(template: IPodTemplateSpec): string[] {
  const { spec, metadata } = template;
  if (spec === undefined) return ["the pod has no spec"];
  const found: string[] = [];
  const refuse = (condition: unknown, what: string) => {
    if (condition) found.push(what);
  };

  for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
    refuse(spec[field], `${field} has to be false`);
  }
  for (const volume of spec.volumes ?? []) {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    refuse(kinds.some((kind) => !VOLUMES.includes(kind)), `volume ${volume.name} is of the kind ${kinds}`);
  }
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    refuse(!SAFE_SYSCTLS.test(name), `sysctl ${name} is not safe`);
  }
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    refuse(
      key.startsWith("container.apparmor.security.beta.kubernetes.io/") && value === "unconfined",
      `${key} is unconfined`,
    );
  }
  const pod = spec.securityContext as ISecurityContext | undefined;
  refuse(pod?.runAsUser === 0, "the pod runs as root");
  found.push(...ofBoth("the pod", pod));

  for (const { container } of containersOf(template)) {
    const { name, securityContext: own } = container;
    refuse(own?.privileged, `${name} is privileged`);
    refuse(own?.allowPrivilegeEscalation !== false, `${name} has to set allowPrivilegeEscalation to false`);
    refuse(!own?.capabilities?.drop?.includes("ALL"), `${name} has to drop ALL capabilities`);
    refuse(
      own?.capabilities?.add?.some((capability) => capability !== "NET_BIND_SERVICE"),
      `${name} adds capabilities`,
    );
    refuse((own?.runAsNonRoot ?? pod?.runAsNonRoot) !== true, `${name} has to set runAsNonRoot to true`);
    refuse(own?.runAsUser === 0, `${name} runs as root`);
    const seccomp = (own?.seccompProfile ?? pod?.seccompProfile)?.type;
    refuse(
      seccomp !== "RuntimeDefault" && seccomp !== "Localhost",
      `${name} has to have a seccompProfile: current value is ${seccomp}`,
    );
    refuse(own?.procMount !== undefined && own.procMount !== "Default", `${name} has another procMount`);
    refuse(
      container.ports?.some(({ hostPort }) => hostPort !== undefined && hostPort !== 0),
      `${name} uses a port of the host`,
    );
    refuse(
      [container.livenessProbe, container.readinessProbe, container.startupProbe].some((probe) =>
        probe?.httpGet?.host || probe?.tcpSocket?.host
      ),
      `${name} probes another host`,
    );
    found.push(...ofBoth(name, own));
  }
  return found;
}

/** What is the same for a pod and for a container. */
function ofBoth(name: string, context: ISecurityContext | undefined): string[] {
  const found: string[] = [];
  const selinux = context?.seLinuxOptions;
  if (selinux?.user || selinux?.role || !SELINUX_TYPES.includes(selinux?.type ?? "")) {
    found.push(`${name} changes SELinux`);
  }
  if (context?.seccompProfile?.type === "Unconfined") found.push(`${name} has no seccomp profile`);
  if (context?.appArmorProfile?.type === "Unconfined") found.push(`${name} has no AppArmor profile`);
  if (context?.windowsOptions?.hostProcess) found.push(`${name} is a process of the host`);
  if (context?.runAsNonRoot === false) found.push(`${name} sets runAsNonRoot to false`);
  return found;
}
