import { formatDuration } from "../../base/duration.ts";
import { isJsonObject } from "../../base/json.ts";
import type { ObservedLease } from "../../lock/lease_document.ts";
import { formatTime } from "../../base/format_time.ts";

/** The lease in words; the first line says who holds it. */
export function describeLease(lease: ObservedLease | undefined): string[] {
  if (lease === undefined) return ["Lease: there is none yet"];
  const { holder, term, durationMs, unsettled, region, payload } = lease.state;
  const written = formatTime(new Date(lease.writtenAtSeconds * 1_000).toISOString());
  const lines = holder === null ? [`Lease: free, last term ${term}`] : [
    `Lease: held by host ${holder.host}, process ${holder.pid}, running ${holder.command} since ${
      formatTime(holder.since)
    } UTC, term ${term}`,
    `  version ${holder.version}, lasts ${
      formatDuration(durationMs)
    } without a renewal; whoever wants it then takes it over`,
  ];
  lines.push(`  last written ${written} UTC${region === "" ? "" : ` in ${region}`}`);
  if (unsettled !== false) {
    lines.push("  its last holder left requests without an answer; the next one pauses before it writes");
  }
  const intent = payload.intent;
  if (isJsonObject(intent)) {
    lines.push(`  an interrupted ${String(intent["command"])} will be completed first`);
  }
  return lines;
}

/** The lease as JSON. */
export function leaseToJson(lease: ObservedLease | undefined): { readonly lease: object | null } {
  if (lease === undefined) return { lease: null };
  const { holder, term, revision, durationMs, renewedAt, unsettled, region, payload, format } = lease.state;
  const writtenAt = new Date(lease.writtenAtSeconds * 1_000).toISOString();
  return {
    lease: {
      holder,
      term,
      revision,
      durationMs,
      renewedAt,
      writtenAt,
      unsettled,
      region,
      intent: payload.intent,
      format,
    },
  };
}
