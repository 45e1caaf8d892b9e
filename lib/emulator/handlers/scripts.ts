import { METADATA_CHARGE } from "../charges.ts";
import { containerOf, type GatewayContext } from "../context.ts";
import { type Answer, bodyObject, feedAnswer, type GatewayRequest, resourceAnswer } from "../message.ts";
import type { ScriptKind } from "../store/script_store.ts";

const FEED_NAMES = {
  sprocs: "StoredProcedures",
  triggers: "Triggers",
  udfs: "UserDefinedFunctions",
} as const;

/** `POST …/sprocs`, `…/triggers`, `…/udfs` */
export function createScript(request: GatewayRequest, context: GatewayContext): Answer {
  const script = containerOf(request, context).scripts.create(kindOf(request), bodyObject(request));
  return resourceAnswer(201, script, { charge: METADATA_CHARGE });
}

/** `GET` of a kind of scripts */
export function listScripts(request: GatewayRequest, context: GatewayContext): Answer {
  const container = containerOf(request, context);
  const kind = kindOf(request);
  return feedAnswer(FEED_NAMES[kind], container.scripts.list(kind), {
    rid: container.rid,
    charge: METADATA_CHARGE,
  });
}

/** A query over a kind of scripts */
export function queryScripts(request: GatewayRequest, context: GatewayContext): Answer {
  const container = containerOf(request, context);
  const kind = kindOf(request);
  const rows = context.engine.rows(bodyObject(request), {
    documents: container.scripts.list(kind),
    nowMs: context.clock.wallMs(),
  });
  return feedAnswer(FEED_NAMES[kind], rows, { rid: container.rid, charge: METADATA_CHARGE });
}

/** `GET` of one script */
export function readScript(request: GatewayRequest, context: GatewayContext): Answer {
  const script = containerOf(request, context).scripts.read(kindOf(request), request.route.id ?? "");
  return resourceAnswer(200, script, { charge: METADATA_CHARGE });
}

/** `PUT` of one script */
export function replaceScript(request: GatewayRequest, context: GatewayContext): Answer {
  const script = containerOf(request, context).scripts.replace(kindOf(request), request.route.id ?? "", {
    body: bodyObject(request),
    ifMatch: request.headers["if-match"],
  });
  return resourceAnswer(200, script, { charge: METADATA_CHARGE });
}

/** `DELETE` of one script */
export function deleteScript(request: GatewayRequest, context: GatewayContext): Answer {
  containerOf(request, context).scripts.delete(kindOf(request), request.route.id ?? "", {
    ifMatch: request.headers["if-match"],
  });
  return { status: 204, text: "", charge: METADATA_CHARGE };
}

function kindOf(request: GatewayRequest): ScriptKind {
  return request.route.scriptKind ?? "sprocs";
}
