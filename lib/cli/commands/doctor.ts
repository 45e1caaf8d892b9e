import { EXIT } from "../../base/exit_code.ts";
import type { Surroundings } from "../../maintenance/doctor/check.ts";
import type { AccountConfiguration } from "../../config/load_configuration.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { openConnection } from "../connection.ts";
import { withAccountSettings } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { checksToJson, describeChecks } from "../views/doctor_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig doctor
  $ cosmig doctor --json
`;

/** Whoever asks for a diagnosis does not want to wait for an account as long as a pod that starts. */
const MOST_CONNECT_MS = 15_000;
const REQUEST_MS = 10_000;

/** `doctor`: whether everything is in place. Reads only. */
export const registerDoctor: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, ["account"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke(
        "doctor",
        options,
        (context) =>
          withAccountSettings(context, options, async ({ tool, account }) => {
            const { io, output, registry, signal } = context;
            const { diagnose } = await import("../../maintenance/doctor.ts");
            const patient = { ...tool, connectTimeoutMs: Math.min(tool.connectTimeoutMs, MOST_CONNECT_MS) };
            const requestTimeoutMs = tool.requestTimeoutMs ?? REQUEST_MS;
            const checks = await diagnose({
              surroundings: surroundingsOf(account),
              open: () => openConnection(context, { tool: patient, account, requestTimeoutMs }),
              registry: registry.entries,
              clock: io.clock,
              random: io.random,
              signal,
              patienceMs: Math.min(tool.patienceMs, MOST_CONNECT_MS),
            });
            if (options.json) output.json(checksToJson(checks));
            else {
              output.endEvents();
              output.result(...describeChecks(checks, output.style));
            }
            const holds = checks.every(({ status }) => status !== "failed");
            return { exitCode: holds ? EXIT.done : EXIT.check };
          }),
      )
    );
};

function surroundingsOf(
  { endpoint, credential, proxy, ca, database, historyContainer }: AccountConfiguration,
): Surroundings {
  return {
    endpoint,
    credential: credential.kind,
    proxy: proxy && { host: new URL(proxy.url.reveal()).host, noProxy: proxy.noProxy },
    hasCa: ca !== undefined,
    database,
    historyContainer,
  };
}
