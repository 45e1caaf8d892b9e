import { METADATA_CHARGE } from "../charges.ts";
import type { GatewayContext } from "../context.ts";
import type { Answer, GatewayRequest } from "../message.ts";

/** `GET /`: what the account says about itself. One region, which reads and writes. */
export function readAccount(_request: GatewayRequest, context: GatewayContext): Answer {
  const location = { name: "Emulator", databaseAccountEndpoint: context.endpoint() };
  return {
    status: 200,
    charge: METADATA_CHARGE,
    text: JSON.stringify({
      _self: "",
      id: "emulator",
      _rid: "emulator",
      media: "//media/",
      addresses: "//addresses/",
      _dbs: "//dbs/",
      writableLocations: [location],
      readableLocations: [location],
      enableMultipleWriteLocations: false,
      continuousBackupEnabled: false,
      userReplicationPolicy: { asyncReplication: false, minReplicaSetSize: 1, maxReplicasetSize: 4 },
      userConsistencyPolicy: { defaultConsistencyLevel: context.consistency },
      systemReplicationPolicy: { minReplicaSetSize: 1, maxReplicasetSize: 4 },
      readPolicy: { primaryReadCoefficient: 1, secondaryReadCoefficient: 1 },
      queryEngineConfiguration: "{}",
    }),
  };
}
