import type { Clock } from "../base/clock.ts";
import type { CosmosContainer, CosmosDatabase } from "../cosmos/port.ts";
import type { PassSettings } from "./pass.ts";
import { ruCapOf } from "./ru_cap.ts";
import { RuGovernor } from "./ru_governor.ts";

/**
 * What one run may spend on documents, whatever reads or writes them: a cap in request units holds for all containers together, a share for each container
 * of what is provisioned for it.
 */
export class RuBudget {
  readonly #settings: Pick<PassSettings, "ruPerSecond" | "ruShare">;
  readonly #clock: Clock;
  readonly #overall: RuGovernor;
  /** By `_rid`, with the cap that it was made for: a migration may itself change what is provisioned. */
  readonly #shared = new Map<string, { readonly cap: number | undefined; readonly governor: RuGovernor }>();

  constructor(
    { clock, settings }: {
      readonly clock: Clock;
      readonly settings: Pick<PassSettings, "ruPerSecond" | "ruShare">;
    },
  ) {
    this.#clock = clock;
    this.#settings = settings;
    this.#overall = new RuGovernor({ clock, ruPerSecond: settings.ruPerSecond });
  }

  /**
   * Who has to be asked before documents of a container are read or written.
   *
   * @throws {CosmigError} with code `operation-refused` for a share where the container has no throughput of its own
   */
  async governorOf(
    container: CosmosContainer,
    { database, signal }: { readonly database: CosmosDatabase; readonly signal: AbortSignal },
  ): Promise<RuGovernor> {
    if (this.#settings.ruShare === undefined) return this.#overall;
    const { id, rid } = await container.properties({ signal });
    const cap = await ruCapOf(this.#settings, { database, signal, container: { id, rid } });
    const known = this.#shared.get(rid);
    if (known !== undefined && known.cap === cap) return known.governor;
    const governor = new RuGovernor({ clock: this.#clock, ruPerSecond: cap });
    this.#shared.set(rid, { cap, governor });
    return governor;
  }
}
