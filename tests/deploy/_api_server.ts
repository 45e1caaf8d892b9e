import http from "node:http";
import type { AddressInfo } from "node:net";
import type { KubernetesObject } from "./_documents.ts";

/** As much of an API server as `kubectl create` needs: it holds objects of `batch/v1`, and takes Jobs without doing anything about them. */
export interface ApiServer extends AsyncDisposable {
  /** For the variable KUBECONFIG, as JSON. */
  readonly kubeconfig: string;
  /** What was created, as it was sent. */
  readonly created: readonly KubernetesObject[];
}

const BATCH = "/apis/batch/v1";
const JOBS = `${BATCH}/namespaces/default/jobs`;
const resource = (name: string, kind: string) => ({
  name,
  singularName: kind.toLowerCase(),
  namespaced: true,
  kind,
  verbs: ["create", "get"],
});
const version = { groupVersion: "batch/v1", version: "v1" };
const DISCOVERY: Readonly<Record<string, unknown>> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [resource("pods", "Pod")] },
  "/apis": {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [{ name: "batch", versions: [version], preferredVersion: version }],
  },
  [BATCH]: {
    kind: "APIResourceList",
    groupVersion: "batch/v1",
    resources: [resource("jobs", "Job"), resource("cronjobs", "CronJob")],
  },
  "/openapi/v3": { paths: { "apis/batch/v1": { serverRelativeURL: "/openapi/v3/apis/batch/v1" } } },
  // That the server checks fields, so that kubectl leaves it to it.
  "/openapi/v3/apis/batch/v1": {
    openapi: "3.0.0",
    paths: {
      [`${BATCH}/namespaces/{namespace}/jobs/{name}`]: {
        patch: {
          parameters: [{ name: "fieldValidation", in: "query" }],
          "x-kubernetes-group-version-kind": { group: "batch", version: "v1", kind: "Job" },
        },
      },
    },
  },
};

/** Starts one that holds CronJobs. */
export async function startApiServer(cronJobs: readonly KubernetesObject[]): Promise<ApiServer> {
  const created: KubernetesObject[] = [];
  const held = new Map<string, unknown>(Object.entries(DISCOVERY));
  for (const object of cronJobs) {
    held.set(`${BATCH}/namespaces/default/cronjobs/${object.metadata.name}`, {
      ...object,
      metadata: { ...object.metadata, namespace: "default", uid: "of-the-cronjob" },
    });
  }
  const server = http.createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => body += chunk).on("end", () => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const isCreate = request.method === "POST" && path === JOBS;
      const answer = isCreate ? JSON.parse(body) as KubernetesObject : held.get(path);
      if (isCreate) created.push(answer as KubernetesObject);
      response.writeHead(answer === undefined ? 404 : isCreate ? 201 : 200, {
        "content-type": "application/json",
      });
      response.end(JSON.stringify(answer ?? { kind: "Status", status: "Failure", code: 404 }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    created,
    kubeconfig: JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "default" } }],
      clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: "test", user: {} }],
    }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
