/**
 * Looks whether everything is in place that a migration needs: the way to the account, the credential, the
 * database, the ledger and the containers. Owns what is looked at and what each result means; reads only, so
 * whether something may be written shows only when it is.
 *
 * Never throws for what it is there to find: each fault is a check that does not hold, with what to do about
 * it.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { CosmosConnection } from "../cosmos/port.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { checkAccount } from "./doctor/account.ts";
import { type Check, CHECKS, failedBy, type Surroundings } from "./doctor/check.ts";
import { checkClock } from "./doctor/clock.ts";
import { checkContainers } from "./doctor/containers.ts";
import { checkLedger } from "./doctor/ledger.ts";
import { checkUnreached } from "./doctor/unreached.ts";

/** What the doctor works with. */
export interface DoctorContext {
  readonly surroundings: Surroundings;
  /** Opens the connection. */
  readonly open: () => Promise<CosmosConnection>;
  readonly registry: readonly RegistryEntry[];
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
}

/** Makes all checks, in the order of {@linkcode CHECKS}. */
export async function diagnose(context: DoctorContext): Promise<readonly Check[]> {
  const { surroundings, signal } = context;
  let connection: CosmosConnection;
  try {
    connection = await context.open();
  } catch (error) {
    signal.throwIfAborted();
    return complete([
      checkProxy(surroundings),
      ...checkUnreached(error, { surroundings, clock: context.clock }),
    ]);
  }
  try {
    return complete([
      { name: "endpoint", status: "ok", detail: `${new URL(connection.endpoint).host} answers` },
      checkProxy(surroundings),
      checkTls(surroundings),
      { name: "credential", status: "ok", detail: CREDENTIALS[surroundings.credential] },
      checkAccount(connection.account),
      checkClock(connection.account.clockOffsetMs),
      ...await checkDatabase({ ...context, connection }),
    ]);
  } finally {
    connection.close();
  }
}

const CREDENTIALS: Readonly<Record<Surroundings["credential"], string>> = {
  key: "the account key is accepted",
  entra: "the identity of Microsoft Entra ID is accepted",
};

/** What follows needs the database, and most of it the ledger. */
async function checkDatabase(
  context: DoctorContext & { readonly connection: CosmosConnection },
): Promise<readonly Check[]> {
  const { connection, signal, surroundings } = context;
  let containers;
  try {
    containers = await connection.database.containers({ signal });
  } catch (error) {
    signal.throwIfAborted();
    return [failedBy("database", error)];
  }
  const ids = new Set(containers.map(({ id }) => id));
  const detail = `"${surroundings.database}" exists, with ${ids.size} container${ids.size === 1 ? "" : "s"}`;
  const ledger = await checkLedger({ ...context, existing: [...ids] });
  return [
    { name: "database", status: "ok", detail },
    ...ledger.checks,
    checkContainers(context.registry, { existing: ids, records: ledger.records }),
  ];
}

function checkProxy({ proxy }: Surroundings): Check {
  if (proxy === undefined) return { name: "proxy", status: "ok", detail: "none" };
  const except = proxy.noProxy === undefined ? "" : `, not for ${proxy.noProxy}`;
  return { name: "proxy", status: "ok", detail: `${proxy.host}${except}` };
}

function checkTls({ endpoint, hasCa }: Surroundings): Check {
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === "https:") {
    const trusted = hasCa
      ? "the certificate is trusted, by CosmosDb__CaFile as well"
      : "the certificate is trusted";
    return { name: "tls", status: "ok", detail: trusted };
  }
  if (/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) {
    return { name: "tls", status: "ok", detail: "none, on this machine" };
  }
  return {
    name: "tls",
    status: "warning",
    detail: "none: documents travel without encryption",
    hint: "Use an endpoint that begins with https://",
  };
}

/** Every check once, in order; those that were not made are skipped. */
function complete(checks: readonly Check[]): readonly Check[] {
  return CHECKS.map((name) =>
    checks.find((check) => check.name === name) ??
      { name, status: "skipped", detail: "not looked at, because of a check before" }
  );
}
