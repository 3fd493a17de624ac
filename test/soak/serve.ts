/**
 * The git server of a soak, as a process that can be killed with all that it has started: `serve.ts FOLDER PORT`. What it is told comes as lines on its
 * input: `slow MS` delays every piece of data, `cut` breaks all connections. Must know nothing of locks.
 */
import { connect, createServer, type Socket } from "node:net";
import { startGitHttpServer } from "../git/http-server.ts";

const [root = ".", port = "0"] = process.argv.slice(2);
const inner = await startGitHttpServer(root);
const innerPort = Number(new URL(inner.url).port);
/** What was asked is of no interest here, and would fill the memory. */
inner.mood = () => {
  inner.asked.length = 0;
  return null;
};
let slowMs = 0;
const sockets = new Set<Socket>();

const front = createServer((client) => {
  const server = connect(innerPort, "127.0.0.1");
  for (const socket of [client, server]) {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  }
  join(client, server);
  join(server, client);
});

function join(from: Socket, to: Socket): void {
  from.on("data", (chunk) => {
    if (slowMs === 0) return void to.write(chunk);
    setTimeout(() => to.destroyed || to.write(chunk), slowMs);
  });
  const leave = () => setTimeout(() => to.end(), slowMs);
  from.on("end", leave);
  from.on("error", () => to.destroy());
  from.on("close", leave);
}

process.stdin.setEncoding("utf8").on("data", (text: string) => {
  for (const [word, value] of text.split("\n").map((line) => line.split(" "))) {
    if (word === "slow") slowMs = Number(value);
    if (word === "cut") for (const socket of sockets) socket.destroy();
  }
});
// Whoever started it is gone.
process.stdin.on("end", () => process.exit(0));

front.listen(Number(port), "127.0.0.1", () => {
  const address = front.address();
  console.log(typeof address === "object" && address !== null ? address.port : 0);
});
