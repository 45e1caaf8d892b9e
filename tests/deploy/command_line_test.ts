import assert from "node:assert/strict";
import { parseDuration } from "../../lib/base/duration.ts";
import { ConfigurationError } from "../../lib/base/errors.ts";
import { migrations } from "../../migrations/mod.ts";
import {
  commandExists,
  commandOf,
  isDocumentedVariable,
  isSecretVariable,
  loadSettings,
  parseCommandLine,
  surroundingsOf,
} from "./_command_line.ts";
import { deploySamples, kustomizePatches, pageBlocks, pageSamples } from "./_documents.ts";
import { type Container, cosmigContainers } from "./_pods.ts";

const samples = [...await deploySamples(), ...await kustomizePatches(), ...await pageSamples()];
const containers = cosmigContainers(samples);

/** A command that the design has and the program has not yet makes a skip, which says so and ends by itself as soon as the command is there. */
function testCommand(name: string, args: readonly string[], test: () => Promise<void>): void {
  const command = commandOf(args);
  const exists = commandExists(command);
  Deno.test({
    name: exists ? name : `${name} (skipped: the command "${command}" does not exist yet)`,
    ignore: !exists,
    fn: test,
  });
}

for (const sample of containers) {
  const { name, container } = sample;
  const args = container.args ?? [];
  testCommand(`${name}: the parser accepts every flag, the configuration every variable`, args, async () => {
    const parsed = await parseCommandLine(args);
    assert.equal(parsed.command, commandOf(args));
    assert.deepEqual(await loadSettings(parsed, surroundings(sample)), []);
  });

  Deno.test(`${name}: uses documented variables, and none that shows a secret`, () => {
    for (const variable of container.env ?? []) {
      assert.ok(isDocumentedVariable(variable.name), variable.name);
      if (isSecretVariable(variable.name)) assert.equal(variable.value, undefined, variable.name);
    }
  });

  const { activeDeadlineSeconds } = (sample.pod.sample.object["spec"] ?? {}) as {
    readonly activeDeadlineSeconds?: number;
  };
  const timeout = valueOf(args, "--timeout");
  if (activeDeadlineSeconds !== undefined && timeout !== undefined) {
    Deno.test(`${name}: ends by itself before the Job is ended`, () => {
      assert.ok((parseDuration(timeout) ?? Infinity) < activeDeadlineSeconds * 1_000);
    });
  }

  if (args[0] === "rollback") {
    Deno.test(`${name}: holds what it undid, and undoes nothing more when it is started twice`, () => {
      assert.ok(args.includes("--hold"), "the next pod would apply it again");
      const to = valueOf(args, "--to");
      const mayStartTwice = !(sample.pod.sample.object.kind === "CronJob" && backoffLimitOf(sample) === 0);
      if (to === undefined) assert.ok(!mayStartTwice, "--steps counts from where it starts");
      else assert.ok(migrations.entries.some(({ id }) => id === to), `${to} is no migration`);
    });
  }
}

function valueOf(args: readonly string[], flag: string): string | undefined {
  return args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

/** What a sample shows for the command line: a line that begins with `cosmig`, and what follows `--` for `kubectl`. */
const commandLines = (await pageBlocks()).filter(({ language }) => language === "sh").flatMap((
  { file, line, text },
) =>
  text.replaceAll("\\\n", " ").split("\n").flatMap((shown, index) => {
    const words = /(?:^\s*|--\s+)cosmig\s+([^#|>]+)/.exec(shown)?.[1];
    return words === undefined
      ? []
      : [{ name: `${file}:${line + index + 1}: ${shown.trim()}`, args: wordsOf(words) }];
  })
);

for (const { name, args } of commandLines) {
  testCommand(`${name}: the parser accepts every flag`, args, async () => {
    await parseCommandLine(args);
  });
}

/** As a shell splits them, as far as the pages need it. */
function wordsOf(text: string): string[] {
  return (text.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
}

Deno.test("parseCommandLine() and loadSettings() refuse what the program refuses", async () => {
  const container = containers.find(({ container }) => container.args?.[0] === "up");
  assert.ok(container);
  await assert.rejects(parseCommandLine(["up", "--lock-timout=1m"]), /unknown option/);
  await assert.rejects(parseCommandLine(["upp"]), /unknown command/);
  await assert.rejects(parseCommandLine(["up", "--order=any"]), /--order/);
  const surrounding = surroundings(container);
  const parsed = await parseCommandLine(["up", "--timeout=30"]);
  await assert.rejects(loadSettings(parsed, surrounding), ConfigurationError);
  const unknown = { ...surrounding, environment: { ...surrounding.environment, COSMIG_LOCK_TIMOUT: "1m" } };
  assert.match((await loadSettings(await parseCommandLine(["up"]), unknown)).join(), /COSMIG_LOCK_TIMOUT/);
});

Deno.test("commandExists() knows the commands of the program", () => {
  assert.deepEqual(["up", "lock show", "lock nothing", "nothing"].map(commandExists), [
    true,
    true,
    false,
    false,
  ]);
  assert.ok(containers.length >= 12);
});

function surroundings({ container, pod }: Container) {
  const { file } = pod.sample;
  return surroundingsOf(container, {
    volumes: pod.template.spec?.volumes,
    objects: samples.filter((sample) => sample.file === file).map(({ object }) => object),
  });
}

function backoffLimitOf({ pod }: Container): number | undefined {
  const { jobTemplate } = pod.sample.object["spec"] as {
    readonly jobTemplate?: { readonly spec: { readonly backoffLimit?: number } };
  };
  return jobTemplate?.spec.backoffLimit;
}
