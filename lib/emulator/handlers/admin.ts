import type { JsonObject } from "../../base/json.ts";
import type { GatewayContext } from "../context.ts";
import { badRequest, GatewayError, notFound, ownerNotFound } from "../gateway_error.ts";
import { type Answer, bodyObject, type GatewayRequest } from "../message.ts";
import type { Container } from "../store/container.ts";
import type { RangeMap } from "../store/range_map.ts";

type Command = (request: GatewayRequest, context: GatewayContext) => JsonObject;

const COMMANDS: Readonly<Record<string, Command>> = {
  "GET clock": readClock,
  "POST clock": advanceClock,
  "GET snapshot": (_request, context) => context.snapshot(),
  "POST split": splitRange,
  "POST merge": mergeRanges,
};

/** `/_emulator/…`: what a test does to the service from outside; without authentication, but not from a browser. */
export function runAdminCommand(request: GatewayRequest, context: GatewayContext): Answer {
  if (request.headers.origin !== undefined) {
    throw new GatewayError(403, "The emulator is not controlled by web pages");
  }
  const name = `${request.method} ${request.route.id}`;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw notFound();
  return { status: 200, text: JSON.stringify(command(request, context)), charge: 0 };
}

function readClock(_request: GatewayRequest, { clock }: GatewayContext): JsonObject {
  return { wallMs: clock.wallMs() };
}

function advanceClock(request: GatewayRequest, context: GatewayContext): JsonObject {
  const { advanceMs } = bodyObject(request);
  if (typeof advanceMs !== "number" || !Number.isFinite(advanceMs) || advanceMs < 0) {
    throw badRequest("advanceMs must be a number of milliseconds that is not negative");
  }
  context.clock.advance(advanceMs);
  return readClock(request, context);
}

function splitRange(request: GatewayRequest, context: GatewayContext): JsonObject {
  const { ranges, id } = rangeIn(bodyObject(request), context);
  ranges.split(id);
  return listed(ranges);
}

function mergeRanges(request: GatewayRequest, context: GatewayContext): JsonObject {
  const { ranges, id } = rangeIn(bodyObject(request), context);
  ranges.merge(id);
  return listed(ranges);
}

function listed({ all }: RangeMap): JsonObject {
  return { ranges: all.map(({ id, minInclusive, maxExclusive }) => ({ id, minInclusive, maxExclusive })) };
}

/** Body: `{"database"?, "container", "range"?}`; without a range, the first one. */
function rangeIn(
  body: JsonObject,
  context: GatewayContext,
): { readonly ranges: RangeMap; readonly id: string } {
  const { ranges } = containerIn(body, context).documents;
  return { ranges, id: String(body.range ?? ranges.all[0]!.id) };
}

function containerIn({ database, container }: JsonObject, { account }: GatewayContext): Container {
  const databases = database === undefined
    ? [...account.databases.values()]
    : [account.database(String(database))];
  for (const candidate of databases) {
    const found = candidate?.container(String(container));
    if (found !== undefined) return found;
  }
  throw ownerNotFound();
}
