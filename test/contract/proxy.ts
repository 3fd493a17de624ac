/**
 * A forward proxy on loopback, which takes every host for the one server that it knows: names that do not exist lead there, so that whatever
 * arrives has come through here. Owns both ways of asking a proxy; must not know what is asked.
 */
import { createServer, request as forward } from "node:http";
import { connect } from "node:net";
import { addressOf, closeServer } from "./front.ts";

export interface ProxyServer {
  readonly url: string;
  /** The `host:port` that each tunnel or plain request was for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startProxy(serverUrl: string): Promise<ProxyServer> {
  const { hostname, port } = new URL(serverUrl);
  const asked: string[] = [];

  const server = createServer((incoming, outgoing) => {
    const { host, pathname, search } = new URL(incoming.url ?? "", "http://no-absolute-url");
    asked.push(host);
    const { method, headers } = incoming;
    const passed = forward({ hostname, port, method, headers, path: pathname + search }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });

  const tunnels = new Set<{ destroy(): void }>();
  server.on("connect", (incoming, socket, head: Buffer) => {
    asked.push(incoming.url ?? "");
    const target = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [socket, target]) {
      tunnels.add(end);
      end.on("error", () => end.destroy());
    }
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...{ url: addressOf(server), asked },
    close: async () => {
      for (const end of tunnels) end.destroy();
      await closeServer(server);
    },
  };
}
