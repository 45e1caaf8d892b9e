import { parse, stringify } from "yaml";
import { filesBelow, type KubernetesObject, readText, samplesIn } from "./_documents.ts";
import { parseTemplate, type Templates } from "./_go_template.ts";
import { isTrue, printed, renderTemplate, type TemplateFunction } from "./_render_template.ts";

type Values = Readonly<Record<string, unknown>>;

/** A chart as it is in the checkout. */
export interface Chart {
  readonly metadata: { readonly name: string; readonly version: string; readonly appVersion: string };
  readonly values: Values;
  readonly files: ReadonlyMap<string, string>;
  readonly dependencies: readonly Chart[];
}

/** Which release is rendered. */
export interface Release {
  readonly name: string;
  readonly revision: number;
}

/** What a chart becomes. */
export interface Rendered {
  readonly objects: readonly KubernetesObject[];
  readonly notes: string;
}

/** Reads a chart, with the charts that it depends on. */
export async function readChart(folder: string, dependencies: readonly Chart[] = []): Promise<Chart> {
  const files = (await filesBelow(folder)).filter((file) => file.includes("/templates/"));
  return {
    metadata: parse(await readText(`${folder}/Chart.yaml`)),
    values: parse(await readText(`${folder}/values.yaml`)),
    files: new Map(await Promise.all(files.map(async (file) => [file, await readText(file)] as const))),
    dependencies,
  };
}

/** The values that a chart gets: its own below those of the release, `null` removes one. */
export function mergeValues(below: Values, above: Values): Values {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete merged[key];
    else merged[key] = isMap(value) && isMap(merged[key]) ? mergeValues(merged[key], value) : value;
  }
  return merged;
}

/** Renders a chart as `helm template` does, as far as ours goes. */
export function renderChart(chart: Chart, values: Values, release: Release): Rendered {
  const templates: Templates = new Map();
  const pages: { readonly file: string; readonly render: () => string }[] = [];
  const add = (chart: Chart, values: Values): Values => {
    const merged = mergeValues(chart.values, values);
    const subcharts = Object.fromEntries(chart.dependencies.map((dependency) => {
      const own = merged[dependency.metadata.name];
      return [
        dependency.metadata.name,
        add(dependency, { ...(isMap(own) ? own : {}), global: merged["global"] ?? {} }),
      ];
    }));
    const { name, version, appVersion } = chart.metadata;
    const dot = {
      Values: merged,
      Chart: { Name: name, Version: version, AppVersion: appVersion },
      Release: { Name: release.name, Revision: release.revision, Service: "Helm", Namespace: "default" },
      Subcharts: subcharts,
    };
    for (const [file, text] of chart.files) {
      const nodes = parseTemplate(text, { file, templates });
      if (!file.endsWith(".tpl")) {
        pages.push({
          file,
          render: () => renderTemplate(nodes, { dot, functions: functionsFor(templates) }),
        });
      }
    }
    return dot;
  };
  add(chart, values);
  const objects = pages.filter(({ file }) => file.endsWith(".yaml"))
    .flatMap(({ file, render }) => samplesIn(render(), file).map(({ object }) => object));
  return {
    objects,
    notes: pages.filter(({ file }) => file.endsWith(".txt")).map(({ render }) => render()).join("\n"),
  };
}

/** The functions of Go, Sprig and Helm that the chart uses. */
function functionsFor(templates: Templates): ReadonlyMap<string, TemplateFunction> {
  const functions: Record<string, TemplateFunction> = {
    include: (name, dot) => {
      const nodes = templates.get(String(name));
      if (nodes === undefined) throw new Error(`the template ${name} does not exist`);
      return renderTemplate(nodes, { dot, functions: map });
    },
    and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
    concat: (...lists) => lists.flat(),
    default: (fallback, value) => isTrue(value) ? value : fallback,
    dict: (...args) =>
      Object.fromEntries(args.flatMap((key, at) => at % 2 === 0 ? [[key, args[at + 1]]] : [])),
    eq: (left, right) => left === right,
    fail: (why) => {
      throw new Error(String(why));
    },
    fromYaml: (text) => parse(String(text)) as unknown,
    has: (element, list) => Array.isArray(list) && list.includes(element),
    int: (value) => Math.trunc(Number(value)),
    list: (...args) => args,
    merge: (...maps) => maps.reduceRight((below, above) => mergeValues(below as Values, above as Values)),
    ne: (left, right) => left !== right,
    nindent: (width, text) => `\n${String(text).replaceAll(/^/gm, " ".repeat(Number(width)))}`,
    not: (value) => !isTrue(value),
    or: (...args) => args.find(isTrue) ?? args.at(-1),
    printf: (format, ...args) =>
      String(format).replaceAll(/%[sdq]/g, (verb) => {
        const value = args[0];
        args = args.slice(1);
        return verb === "%q" ? JSON.stringify(value) : printed(value);
      }),
    quote: (value) => JSON.stringify(printed(value)),
    required: (why, value) => {
      if (value === undefined || value === "") throw new Error(String(why));
      return value;
    },
    toYaml: (value) => stringify(value, { lineWidth: 0 }).trimEnd(),
    trimSuffix: (suffix, text) =>
      String(text).endsWith(String(suffix)) ? String(text).slice(0, -String(suffix).length) : text,
    trunc: (length, text) => String(text).slice(0, Number(length)),
  };
  const map = new Map(Object.entries(functions));
  return map;
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
