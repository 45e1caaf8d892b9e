import type {
  ContainerProperties,
  CosmosConnection,
  CosmosDatabase,
  LedgerStore,
  RequestOptions,
  Spending,
  WriteGate,
} from "../../lib/cosmos/port.ts";
import { SimulatedDatabase } from "./_database.ts";
import type { Network } from "./_network.ts";
import type { SimulatedProcess } from "./_process.ts";
import type { SimulatedService } from "./_service.ts";
import type { Subject } from "./_subject.ts";

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly subject: Subject;
  readonly network: Network;
  readonly process: SimulatedProcess;
  readonly service: SimulatedService;
  readonly ledger: LedgerStore;
  readonly requestTimeoutMs: number;
  readonly random: () => number;
  /** Told about each write outside the ledger when it passes the gate. */
  readonly onWriteAllowed: () => void;
}

const LEDGER: ContainerProperties = {
  id: "__migrations",
  rid: "ledger",
  etag: '"ledger"',
  partitionKeyPaths: ["/scope"],
  definition: { id: "__migrations" },
};

/** What a request that may change something outside the ledger passes: the gate each time, and the count of those without an answer. */
export class SimulatedGuard {
  #gate: WriteGate | undefined;
  readonly #onAllowed: () => void;
  unanswered = 0;

  constructor(onAllowed: () => void) {
    this.#onAllowed = onAllowed;
  }

  set(gate: WriteGate | undefined): void {
    this.#gate = gate;
  }

  check(): void {
    if (this.#gate === undefined) throw new Error("No lease opened the gate");
    this.#gate();
    this.#onAllowed();
  }
}

/** The connection of one process. */
export class SimulatedConnection implements CosmosConnection {
  readonly endpoint = "simulated";
  readonly ledgerContainerId = "__migrations";
  readonly scope = "default";
  readonly account = {
    writeRegion: "West Europe",
    defaultConsistency: "Session",
    multipleWriteLocations: false,
  };
  readonly ledger: LedgerStore;
  readonly database: CosmosDatabase;
  readonly #guard: SimulatedGuard;

  constructor(options: ConnectionOptions) {
    this.#guard = new SimulatedGuard(options.onWriteAllowed);
    this.ledger = options.ledger;
    this.database = new SimulatedDatabase({ ...options, guard: this.#guard });
  }

  ledgerContainer(_options?: RequestOptions): Promise<ContainerProperties> {
    return Promise.resolve(LEDGER);
  }

  createLedgerContainer(): Promise<ContainerProperties> {
    return Promise.resolve(LEDGER);
  }

  sdkDatabase(): never {
    throw new Error("No simulated migration uses the SDK");
  }

  setWriteGate(gate: WriteGate | undefined): void {
    this.#guard.set(gate);
  }

  get unanswered(): number {
    return this.#guard.unanswered;
  }

  spent(): Spending {
    return { requests: 0, charge: 0, throttled: 0 };
  }

  close(): void {}
}
