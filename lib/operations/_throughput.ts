import type { Throughput, ThroughputSetting } from "../cosmos/port.ts";
import type { ContainerThroughput } from "../definition/throughput.ts";

/** A declared throughput as the port takes it. */
export function toPortThroughput(throughput: ContainerThroughput): ThroughputSetting["throughput"];
export function toPortThroughput(throughput: ContainerThroughput | undefined): Throughput;
export function toPortThroughput(throughput: ContainerThroughput | undefined): Throughput {
  if (throughput === undefined) return { kind: "none" };
  return "ruPerSecond" in throughput
    ? { kind: "manual", ruPerSecond: throughput.ruPerSecond }
    : { kind: "autoscale", maxRuPerSecond: throughput.maxRuPerSecond };
}

/** A provisioned throughput as it is declared. */
export function fromPortThroughput({ throughput }: ThroughputSetting): ContainerThroughput {
  return throughput.kind === "manual"
    ? { ruPerSecond: throughput.ruPerSecond }
    : { maxRuPerSecond: throughput.maxRuPerSecond };
}

/** Request units a second at the most. */
export function limitOf(throughput: ContainerThroughput): number {
  return "ruPerSecond" in throughput ? throughput.ruPerSecond : throughput.maxRuPerSecond;
}
