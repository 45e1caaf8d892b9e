/** A request that the emulator refuses, with the answer it gets. */
export class GatewayError extends Error {
  readonly status: number;
  readonly substatus: number;
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the body of the answer. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, options: {
    readonly substatus?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Readonly<Record<string, unknown>>;
  } = {}) {
    super(message);
    this.name = "GatewayError";
    this.status = status;
    this.substatus = options.substatus ?? 0;
    this.headers = options.headers ?? {};
    this.body = options.body ?? {};
  }
}

/** The resource itself is not there. */
export function notFound(): GatewayError {
  return new GatewayError(404, "Entity with the specified id does not exist in the system");
}

/** What should hold the resource is not there. */
export function ownerNotFound(): GatewayError {
  return new GatewayError(404, "Owner resource does not exist", { substatus: 1003 });
}

/** An ETag condition does not hold. */
export function preconditionFailed(): GatewayError {
  return new GatewayError(
    412,
    "Operation cannot be performed because one of the specified precondition is not met",
  );
}

/** The physical partition was split or merged away. */
export function rangeGone(id: string): GatewayError {
  return new GatewayError(410, `Partition key range "${id}" is gone`, { substatus: 1002 });
}

/** The request itself is wrong. */
export function badRequest(message: string): GatewayError {
  return new GatewayError(400, message);
}

/** @throws GatewayError (409) */
export function refuseDuplicate(exists: boolean): void {
  if (exists) throw new GatewayError(409, "Resource with specified id or name already exists");
}
