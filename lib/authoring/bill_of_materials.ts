import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { ThirdParty } from "./package_inventory.ts";

/** What a bill of materials is about. */
export interface Described {
  readonly name: string;
  readonly version: string;
  readonly commit: string | null;
  /** Everything of others that is in it. */
  readonly parts: readonly ThirdParty[];
}

/**
 * A CycloneDX 1.6 document. It has no time and a serial number that follows from the content, so that equal builds have equal ones.
 *
 * @returns JSON text
 */
export function renderBillOfMaterials({ name, version, commit, parts }: Described): string {
  const reference = `pkg:generic/${name}@${version}`;
  const body = {
    metadata: {
      component: {
        "type": "application",
        "bom-ref": reference,
        name,
        version,
        ...(commit === null ? {} : { properties: [{ name: "cosmig:commit", value: commit }] }),
      },
    },
    components: parts.map(componentOf),
    dependencies: [
      { ref: reference, dependsOn: parts.map(({ purl }) => purl) },
      ...parts.map(({ purl }) => ({ ref: purl })),
    ],
  };
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`,
    version: 1,
    ...body,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function componentOf({ name, version, purl, licence, homepage, integrity }: ThirdParty) {
  const [group, short] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const digest = integrity?.match(/^sha512-(.+)$/)?.[1];
  return {
    "type": "library",
    "bom-ref": purl,
    ...(group === undefined ? {} : { group }),
    name: short ?? name,
    version,
    ...(digest === undefined
      ? {}
      : { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] }),
    ...(licence === undefined ? {} : { licenses: [licenceOf(licence)] }),
    purl,
    ...(homepage === undefined ? {} : { externalReferences: [{ type: "website", url: homepage }] }),
  };
}

function licenceOf(licence: string) {
  return /^[\w.+-]+$/.test(licence) ? { license: { id: licence } } : { expression: licence };
}

/** A version 8 identifier (RFC 9562) of a text. */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
