/**
 * A door in front of the hub, for clients that reach it another way: an Enterprise Server's paths, and a proxy that opens tunnels.
 * Owns the way there. Knows nothing of what is asked.
 */
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Hub } from "../hub/hub.ts";

export interface FrontDoor extends AsyncDisposable {
  readonly url: string;
  /** Of plain requests, as they came. */
  readonly paths: readonly string[];
  /** `host:port` of each tunnel that was asked for: all of them lead to the hub. */
  readonly tunnels: readonly string[];
}

/** `/api/v3/…` and `/api/graphql`, as an Enterprise Server has them; an absolute URL is asked of a proxy. */
function pathAtHub(path: string): string {
  const { pathname, search } = new URL(path, "http://door");
  return pathname.replace(/^\/api\/(v3(?=\/)|(?=graphql$))/, "").replace(/^(?!\/)/, "/") + search;
}

export async function frontDoor(hub: Hub): Promise<FrontDoor> {
  const { hostname, port } = new URL(hub.url);
  const paths: string[] = [];
  const tunnels: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = "/" } = incoming;
    paths.push(url);
    const path = pathAtHub(url);
    const onward = request({ hostname, port, method, headers, path }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on("connect", ({ url = "" }, client, head) => {
    tunnels.push(url);
    const onward = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(client);
      client.pipe(onward);
    });
    for (const end of [onward, client]) end.on("error", () => {});
    onward.on("close", () => client.destroy());
    client.on("close", () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    paths,
    tunnels,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
