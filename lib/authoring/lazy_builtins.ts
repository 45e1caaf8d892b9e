import type { Plugin } from "esbuild";

/**
 * Modules of the runtime that take milliseconds to load, `crypto` alone 5, or to copy the names of, which is what a default import does: `util` loads a part
 * of the runtime for many of its names.
 */
const COSTLY = [
  "assert",
  "child_process",
  "crypto",
  "fs",
  "fs/promises",
  "http",
  "https",
  "net",
  "os",
  "tls",
  "url",
  "util",
  "zlib",
];

/**
 * Loads the runtime's costly modules when something of them is first used, instead of when the program starts.
 *
 * A module is stood in for by a proxy. Whoever imports names or the default gets what he asks for from it; a namespace import becomes an object that has the
 * proxy as its prototype.
 */
export function lazyBuiltins(): Plugin {
  const NAMESPACE = "lazy-builtin";
  return {
    name: NAMESPACE,
    setup: (build) => {
      build.onResolve(
        { filter: new RegExp(`^(?:node:)?(?:${COSTLY.join("|")})$`) },
        ({ path, namespace, kind }) =>
          // What is imported when it is needed is lazy as it is.
          namespace === NAMESPACE || kind === "dynamic-import"
            ? { path, external: true }
            : { path: path.replace(/^(?:node:)?/, "node:"), namespace: NAMESPACE },
      );
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: `let loaded;
const load = () => loaded ??= require(${JSON.stringify(path)});
const proxy = new Proxy({}, {
  get: (_, name) => name === "__esModule" ? false : load()[name],
  set: (_, name, value) => Reflect.set(load(), name, value),
  has: (_, name) => name in load(),
  getPrototypeOf: () => proxy,
});
module.exports = proxy;`,
      }));
    },
  };
}
