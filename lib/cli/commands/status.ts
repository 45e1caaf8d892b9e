import { CosmigError } from "../../base/errors.ts";
import { EXIT } from "../../base/exit_code.ts";
import type { MigrationRecord } from "../../definition/record.ts";
import type { StepProgress } from "../../runner/step_progress.ts";
import type { AuditEntry } from "../../history/audit.ts";
import { refuseTogether } from "../choices.ts";
import { type CommandContext, examplesFor, type RegisterCommand } from "../command.ts";
import { type Session, withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { isSettled, type MigrationStatus } from "../../planner/compare_status.ts";
import { statusReport } from "../status_report.ts";
import { describeAudit } from "../views/audit_view.ts";
import { describeHistory, historyToJson } from "../views/history_view.ts";
import { describeMigrationStatus } from "../views/migration_view.ts";
import { describePlace } from "../views/place_view.ts";
import { describeStatus, migrationToJson, statusToJson } from "../views/status_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig status
  $ cosmig status 20240101_090000   steps, attempts and error of one
  $ cosmig status --check           exit code 4 unless everything is applied and unchanged
`;

interface StatusOptions {
  readonly id: string | undefined;
  readonly history?: true | undefined;
  readonly check?: true | undefined;
  readonly json?: true | undefined;
}

/** `status`: the history against the migrations of this binary. Reads only. */
export const registerStatus: RegisterCommand = (created, invoke) => {
  const command = created.argument("[id]", "show one migration in detail")
    .optionsGroup("Result:")
    .option("--history", "show all records in the order of application, and what was done by hand")
    .option("--check", "exit code 4 when something is pending, failed, held or drifted")
    .option("--json", "print JSON");
  addSettings(command, ["account"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((id, options) =>
      invoke("status", options, (context) => {
        refuseTogether({ "an id": id, "--history": options.history });
        return withSession(context, { options }, (session) => show(context, session, { ...options, id }));
      })
    );
};

async function show(context: CommandContext, session: Session, options: StatusOptions) {
  const { readSnapshot } = await import("../../runner/snapshot.ts");
  const snapshot = await readSnapshot(session.read);
  const report = statusReport(session.read.registry, snapshot);
  const { output } = context;
  const one = options.id === undefined ? undefined : find(report.migrations, options.id);
  const progress = one?.record === undefined ? [] : await progressOf(session, one.record);
  if (options.json) {
    output.json(
      one !== undefined
        ? { version: 1, migration: migrationToJson(one), progress }
        : options.history
        ? historyToJson(snapshot.records, await auditOf(session))
        : statusToJson(report),
    );
  } else {
    output.endEvents();
    output.result(output.style.dim(describePlace(session.place)));
    if (one !== undefined) output.result("", ...describeMigrationStatus({ ...one, progress }, output.style));
    else if (options.history) {
      const audit = describeAudit(await auditOf(session), output.style);
      output.result("", ...describeHistory(snapshot.records, output.style), ...audit);
    } else output.result(...describeStatus(report, output.style));
  }
  const checked = one === undefined ? report.migrations : [one];
  return { exitCode: options.check && !isSettled(checked) ? EXIT.check : EXIT.done };
}

async function auditOf({ connection, read }: Session): Promise<readonly AuditEntry[]> {
  const { readAudit } = await import("../../history/audit.ts");
  return await readAudit(connection.ledger, read);
}

async function progressOf({ read }: Session, record: MigrationRecord): Promise<readonly StepProgress[]> {
  const { readStepProgress } = await import("../../runner/step_progress.ts");
  return await readStepProgress(read, record);
}

function find(migrations: readonly MigrationStatus[], id: string): MigrationStatus {
  const found = migrations.find((migration) => migration.id === id);
  if (found !== undefined) return found;
  throw new CosmigError(
    "usage",
    `Cannot show "${id}" as neither this binary nor the history has a migration of that id`,
    {
      hint: 'See "list" and "status" for the ids',
      details: { next: "status" },
    },
  );
}
