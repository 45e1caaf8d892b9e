/** Every command, as it is typed. */
export const COMMAND_LINES: readonly string[] = [
  "up",
  "rollback",
  "status",
  "list",
  "plan",
  "lock show",
  "emulator",
];

/** Those that connect. */
export const CONNECTING: readonly string[] = ["up", "rollback", "status", "plan", "lock show"];
