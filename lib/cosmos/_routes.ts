import http from "node:http";
import https from "node:https";
import { rootCertificates } from "node:tls";
import { createPipelineRequest, type PipelineRequest, proxyPolicy } from "@azure/core-rest-pipeline";
import { bypassesProxy, isLoopback } from "./_no_proxy.ts";

/** A proxy that tunnels HTTPS (CONNECT). */
export interface ProxySettings {
  /** May carry credentials. */
  readonly url: string;
  /** Hosts that are reached directly, as in `NO_PROXY`. */
  readonly noProxy?: string | undefined;
}

/** How to reach hosts. */
export interface RouteOptions {
  /** PEM certificates that are trusted besides the public ones. */
  readonly ca?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
}

type Agent = NonNullable<PipelineRequest["agent"]>;
type Overrides = Record<string, unknown>;

/**
 * The connections of one process, kept alive: direct, or through a proxy.
 *
 * Deno sends a request a second time when a kept connection was closed without an answer, also a POST, whose first copy may have been executed. It
 * does so only on sockets that it knows to be reused, so all agents here deny that.
 */
export class Routes {
  readonly #http = withoutReplay(new http.Agent({ keepAlive: true }));
  readonly #https: https.Agent;
  readonly #proxy: ProxySettings | undefined;
  readonly #proxyPolicy: ReturnType<typeof proxyPolicy> | undefined;
  readonly #tlsOverrides: Overrides;
  #proxyAgent: Agent | undefined;

  constructor(options: RouteOptions) {
    const tls = options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] };
    this.#https = withoutReplay(new https.Agent({ keepAlive: true, ...tls }));
    this.#tlsOverrides = { ...tls, secureEndpoint: true };
    this.#proxy = options.proxy;
    this.#proxyPolicy = options.proxy && proxyPolicy(proxySettings(options.proxy), { customNoProxyList: [] });
  }

  /** Sets what `request` is sent through. */
  async apply(request: PipelineRequest): Promise<void> {
    const url = new URL(request.url);
    request.allowInsecureConnection = url.protocol === "http:";
    if (url.protocol === "http:") {
      request.agent = this.#http;
    } else if (this.#usesProxy(url)) {
      request.agent = this.#proxyAgent ??= await this.#createProxyAgent(request.url);
      request.requestOverrides = this.#tlsOverrides;
    } else {
      request.agent = this.#https;
    }
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
    this.#proxyAgent?.destroy();
  }

  #usesProxy(url: URL): boolean {
    return this.#proxy !== undefined && !isLoopback(url.hostname) &&
      !bypassesProxy(url, this.#proxy.noProxy ?? "");
  }

  /** The pipeline creates its agent as it forwards a request; left alone, it would open a tunnel for every request. */
  async #createProxyAgent(url: string): Promise<Agent | undefined> {
    const request = createPipelineRequest({ url });
    await this.#proxyPolicy?.sendRequest(
      request,
      (forwarded) => Promise.resolve({ request: forwarded, headers: forwarded.headers, status: 200 }),
    );
    const agent = request.agent;
    if (agent !== undefined) Object.assign(withoutReplay(agent), { keepAlive: true });
    return agent;
  }
}

/** The part of an agent that node:http calls when it takes a socket from the pool; its declarations leave it out. */
interface SocketReuse {
  reuseSocket(socket: unknown, request: { reusedSocket: boolean }): void;
}

function withoutReplay<Kind extends Agent>(agent: Kind): Kind {
  const pool = agent as unknown as SocketReuse;
  const reuseSocket = pool.reuseSocket.bind(agent);
  pool.reuseSocket = (socket, request) => {
    reuseSocket(socket, request);
    request.reusedSocket = false;
  };
  return agent;
}

function proxySettings({ url }: ProxySettings) {
  const { protocol, hostname, port, username, password } = new URL(url);
  return {
    host: `${protocol}//${hostname}`,
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}
