import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";
import { createEagerWriter } from "./eager_writer.ts";
import type { System, SystemStream } from "./system.ts";

/** The means of Node. */
export function nodeSystem(): System {
  return {
    host: hostname(),
    out: streamOf(1, () => process.stdout),
    err: streamOf(2, () => process.stderr),
    isPrinting: () => process.getActiveResourcesInfo().some((name) => name.endsWith("WriteWrap")),
    readText: (path) => readFile(path, "utf8"),
    overwrite,
  };
}

function overwrite(
  path: string,
  { text, create }: { readonly text: string; readonly create: boolean },
): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_TRUNC | (create ? constants.O_CREAT : 0));
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** A terminal is written to by the stream that knows its width, which takes all at once. */
function streamOf(descriptor: number, open: () => NodeJS.WriteStream): SystemStream {
  let opened: NodeJS.WriteStream | undefined;
  const stream = () => opened ??= open().on("error", () => {});
  const isDevice = isCharacterDevice(descriptor);
  const writer = createEagerWriter((bytes) => writeSync(descriptor, bytes));
  return {
    write: isDevice ? (text) => void stream().write(text) : writer.write,
    get isBusy() {
      return writer.isBusy;
    },
    get isTty() {
      return isDevice && stream().isTTY === true;
    },
    columns: () => stream().columns ?? 0,
  };
}

/** A terminal is one; files, pipes and sockets are not. */
function isCharacterDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    return false;
  }
}
