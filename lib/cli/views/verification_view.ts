import type { Verification } from "../../maintenance/verify.ts";
import { formatAmount } from "../../reporting/format.ts";
import type { Style } from "../../reporting/style.ts";

/** What a verification found, as lines. */
export function describeVerification(verification: Verification, style: Style): string[] {
  const { findings, notes, migrations, operations } = verification;
  const compared = [
    `${formatAmount(migrations, "migration")} compared`,
    ...(operations === undefined ? [] : [
      `${formatAmount(operations.checked, "operation")} looked at`,
      ...(operations.superseded === 0 ? [] : [`${operations.superseded} changed on purpose by later ones`]),
    ]),
  ].join(", ");
  return [
    ...findings.flatMap(({ kind, message, hint }) => [
      `${style.red(kind)}  ${message}`,
      `  ${style.dim(hint)}`,
    ]),
    ...notes.map((note) => `${style.yellow("note")}  ${note}`),
    ...(findings.length + notes.length === 0 ? [] : [""]),
    findings.length === 0
      ? style.bold(`Everything holds: ${compared}`)
      : style.bold(`${formatAmount(findings.length, "finding")}: ${compared}`),
  ];
}

/** What a verification found, as JSON. */
export function verificationToJson({ findings, notes, migrations, operations }: Verification): object {
  return {
    version: 1,
    holds: findings.length === 0,
    findings: findings.map(({ kind, id, message, hint }) => ({ kind, id: id ?? null, message, hint })),
    notes,
    migrations,
    operations: operations ?? null,
  };
}
