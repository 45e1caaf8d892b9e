import assert from "node:assert/strict";
import net, { type AddressInfo, type Socket } from "node:net";
import { bypassesProxy, isLoopback } from "../../../lib/cosmos/_no_proxy.ts";
import { connect } from "../../../lib/cosmos/mod.ts";
import { FAKE_ACCOUNT, fakeOptions } from "./_fake_gateway.ts";
import { startProxy, startTlsServer, TEST_AUTHORITY } from "./_tls_server.ts";

/**
 * A server that answers the account on a connection that it keeps, takes the next request on the same connection, "commits" it and closes without an
 * answer; what a gateway does when it is restarted at the wrong moment.
 */
async function startForgetfulServer() {
  const commits: string[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const [line = ""] = data.toString().split("\r\n");
      const body = JSON.stringify(line.startsWith("GET / ") ? FAKE_ACCOUNT : { id: "second copy" });
      const isFirstWrite = !line.startsWith("GET / ") && commits.push(line) === 1;
      if (isFirstWrite) return void socket.end();
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commits,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

Deno.test("a write is not sent again when the server drops a kept connection after it committed", async () => {
  await using server = await startForgetfulServer();
  const connection = await connect(fakeOptions(server.endpoint));
  const reply = await connection.ledger.create({ id: "lease" });
  assert.equal(reply.kind, "ambiguous");
  assert.deepEqual(server.commits, ["POST /dbs/shop/colls/__migrations/docs HTTP/1.1"]);
  assert.equal(server.connections(), 1, "the connection was kept, else this test shows nothing");
  connection.close();
});

for (const way of ["over TLS", "through a proxy"] as const) {
  Deno.test(`a write ${way} is not sent again when the connection is dropped after it`, async () => {
    await using server = await startTlsServer();
    await using proxy = await startProxy(server.port);
    const endpoint = way === "over TLS" ? server.endpoint : "https://account.cosmig.test:8443";
    const connection = await connect(
      fakeOptions(endpoint, { ca: TEST_AUTHORITY, endpointDiscovery: "off", proxy: { url: proxy.url } }),
    );
    const reply = await connection.ledger.create({ id: "lease" });
    assert.equal(reply.kind, "ambiguous");
    assert.deepEqual(server.commits, ["/dbs/shop/colls/__migrations/docs"]);
    assert.equal(proxy.tunnels.length, way === "over TLS" ? 0 : 1);
    connection.close();
  });
}

Deno.test("bypassesProxy() knows hosts, domains, ports and the star", () => {
  const url = new URL("https://account.documents.azure.com:443/");
  for (
    const entry of [
      "*",
      "azure.com",
      ".azure.com",
      "*.azure.com",
      "x, ACCOUNT.documents.azure.com",
      "azure.com:443",
    ]
  ) {
    assert.ok(bypassesProxy(url, entry), entry);
  }
  for (const entry of ["", "ocuments.azure.com", "azure.com:8443", "10.0.0.0/8", "account"]) {
    assert.ok(!bypassesProxy(url, entry), entry);
  }
});

Deno.test("isLoopback() knows the names and addresses of this machine", () => {
  for (const host of ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["example.com", "10.127.0.1", "localhost.example.com"]) {
    assert.ok(!isLoopback(host), host);
  }
});
