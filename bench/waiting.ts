import process from "node:process";
import { costsOfWaiting, delaysOfExits, race } from "../tests/chaos/race.ts";

/** How long after the last record a process that waited may end. */
const TARGET_MS = 2_000;

/** Many processes at once with 3 migrations pending: `deno task bench waiting [PROCESSES]`. */
export async function measureWaiting([count = "50"]: readonly string[]): Promise<void> {
  const processes = Number(count);
  const result = await race({ processes, migrations: 3, documents: 1_500 });
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const failed = result.racers.filter(({ code }) => code !== 0);
  const delays = delaysOfExits(result);
  const slowest = delays.at(-1);
  const costs = costsOfWaiting(result);
  say(
    `${processes} processes, 3 migrations pending: ${result.writers.length} applied, ${
      delays.length - failed.length
    } others ended with 0, ${failed.length} failed`,
  );
  say(
    `exit after the later of the last record and the own first request: median ${
      ms(delays[Math.floor(delays.length / 2)]?.delayMs)
    }, slowest ${ms(slowest?.delayMs)} (${
      ms(slowest?.waitedForProcessorMs)
    } of it in line for a processor), target ${ms(TARGET_MS)}`,
  );
  const long = costs.filter(({ seconds }) => seconds >= 5);
  say(
    `${costs.length} were seen waiting, ${long.length} of them for 5 s and more, at most ${
      Math.max(0, ...long.map(({ charge, seconds }) => charge / seconds)).toFixed(2)
    } RU/s each, for up to ${Math.max(0, ...costs.map(({ seconds }) => seconds)).toFixed(1)} s`,
  );
  for (const { code, stderr } of failed.slice(0, 3)) say(`exit code ${code}:\n${stderr}`);
  const holds = failed.length === 0 && result.writers.length === 1 && (slowest?.delayMs ?? 0) <= TARGET_MS;
  process.exitCode = holds ? 0 : 1;
}

function ms(value: number | undefined): string {
  return `${Math.round(value ?? NaN)} ms`;
}
