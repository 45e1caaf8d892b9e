/** Every command, as it is typed. */
export const COMMAND_LINES: readonly string[] = [
  "up",
  "rollback",
  "status",
  "list",
  "plan",
  "verify",
  "wait",
  "baseline",
  "repair",
  "lock show",
  "lock release",
  "rehearse",
  "doctor",
  "emulator",
  "completions",
  "version",
];

/** Those that connect, with what they cannot do without. */
export const CONNECTING: readonly string[] = [
  "up",
  "rollback",
  "status",
  "plan",
  "verify",
  "wait --timeout 1s",
  "baseline 20240101_000001",
  "repair",
  "lock show",
  "lock release --term 1",
  "doctor",
];

/** The command in a line, without its arguments. */
export function commandOf(line: string): string {
  return COMMAND_LINES.findLast((command) => line === command || line.startsWith(`${command} `)) ?? "";
}
