import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";
import { FAKE_ACCOUNT } from "./_fake_gateway.ts";

/** The authority that signed the server's certificate; both were made for these tests and are valid for a hundred years. */
export const TEST_AUTHORITY = `
-----BEGIN CERTIFICATE-----
MIIBlzCCAT2gAwIBAgIUZnyjhM8dQzabD0/s+H2n3OshuSMwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVY29zbWlnIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMDE0MzUz
MloYDzIxMjYxMDI3MTQzNTMyWjAgMR4wHAYDVQQDDBVjb3NtaWcgdGVzdCBhdXRo
b3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQCzJxOtgv+r2DUs2o989j8
ChDn96x1eHVhXheywGgegwZhLGx11A4hxeNCyeS/k/tgsAVKl9LagwSUFopKMGZj
o1MwUTAdBgNVHQ4EFgQUng/foXSk/E8OHPCdhRrV9skkK4wwHwYDVR0jBBgwFoAU
ng/foXSk/E8OHPCdhRrV9skkK4wwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNIADBFAiEAkUPLstuO0NyhlDj5+beOwML9YTfEmOAo01xeAJ6SeZ8CIDmOqAXl
omB+J/U2SdAqaJgdSumunksREFNgX+gYDBtV
-----END CERTIFICATE-----`;

const CERTIFICATE = `
-----BEGIN CERTIFICATE-----
MIIBtjCCAVygAwIBAgIUP30XIbh8rPj9Pc/FEFgRA+RTmGcwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVY29zbWlnIHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMDE0MzUz
MloYDzIxMjYxMDI3MTQzNTMyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATjBnkEqfJJ7no0uhxIL8tzk15IDkiJiUEf5r+M
Kv91S6L2UxhLs2iNGw36RoSQOFRVXLAEJSishb6ePDZUahmho34wfDAvBgNVHREE
KDAmgglsb2NhbGhvc3SCE2FjY291bnQuY29zbWlnLnRlc3SHBH8AAAEwCQYDVR0T
BAIwADAdBgNVHQ4EFgQUNIXpKY0kT+8rWk05kNPSM4f74PIwHwYDVR0jBBgwFoAU
ng/foXSk/E8OHPCdhRrV9skkK4wwCgYIKoZIzj0EAwIDSAAwRQIhAKgVq84E+c9k
BU2Z86+qUlnRspG0yi3yPjQFHByYxkpFAiBYtCrD3d/ab5Yb5nYNekbKVCcqlKA9
rjHgr/IOKjRqfg==
-----END CERTIFICATE-----`;

const PRIVATE_KEY = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyYUJ6WniBiKqG5yy
InOIyH20cpB38OJ715/MOAGoeg2hRANCAATjBnkEqfJJ7no0uhxIL8tzk15IDkiJ
iUEf5r+MKv91S6L2UxhLs2iNGw36RoSQOFRVXLAEJSishb6ePDZUahmh
-----END PRIVATE KEY-----`;

/** A server with TLS. */
export interface TlsServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  /** The authorization headers that came, decoded. */
  readonly authorizations: readonly string[];
  /** Writes that came; the connection is closed after each, without an answer. */
  readonly commits: readonly string[];
}

/** Starts an account with TLS that holds no documents; its certificate is for `localhost` and `account.cosmig.test`. */
export async function startTlsServer(): Promise<TlsServer> {
  const authorizations: string[] = [];
  const commits: string[] = [];
  const server = https.createServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (request, response) => {
    request.resume();
    authorizations.push(decodeURIComponent(request.headers.authorization ?? ""));
    if (request.method === "POST") {
      commits.push(request.url ?? "");
      return void request.socket.end();
    }
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(request.url === "/" ? FAKE_ACCOUNT : { message: "not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `https://localhost:${port}`,
    port,
    authorizations,
    commits,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A proxy. */
export interface ProxyServer extends AsyncDisposable {
  readonly url: string;
  /** Target and credentials of each tunnel that was opened. */
  readonly tunnels: readonly string[];
}

/** Starts a proxy whose tunnels all lead to `port` of this machine, so that names need not exist. */
export async function startProxy(port: number): Promise<ProxyServer> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => sockets.add(socket.on("error", () => socket.destroy()));
  const server = http.createServer().on("connect", (request, client: Socket) => {
    tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const upstream = net.connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    keep(client);
    keep(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://user:pass@127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
