import { spawn } from "node:child_process";
import process from "node:process";
import { WELL_KNOWN_KEY } from "../../../lib/emulator/mod.ts";
import type { Endpoint } from "./endpoint.ts";

const SERVER = new URL("./vercel_server.ts", import.meta.url).pathname;

/** Starts `@vercel/cosmosdb-server`. */
export async function openVercelEndpoint(): Promise<Endpoint> {
  const child = spawn(process.execPath, ["run", "--allow-all", "--no-check", SERVER], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once("data", (text: Uint8Array) => resolve(Number(new TextDecoder().decode(text))));
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the server ended before it listened")));
  });
  return {
    name: "@vercel/cosmosdb-server 1.0.1",
    endpoint: `http://127.0.0.1:${port}/`,
    key: WELL_KNOWN_KEY,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
