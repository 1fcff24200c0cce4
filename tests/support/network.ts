import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What the way to a server does with what is sent on it. */
export type Weather =
  | "clear"
  /** Nothing arrives, on either side, and nobody is told. */
  | "swallowing"
  /** What is asked arrives, the answers do not. */
  | "mute"
  /** Everything arrives, byte by byte. */
  | "sliced";

/** A way to a server that can be made bad. */
export interface Network {
  /** The server's address by this way. */
  readonly url: string;
  weather: Weather;
  /** Connections that were made so far. */
  readonly made: number;
  /** Cuts every connection, and lets new ones through. */
  cut(): void;
  /** The next time the server is sent these words, its answer is lost and the connection cut. */
  cutAfter(words: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a way to the server at `url`. */
export async function openNetwork(url: string): Promise<Network> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let cutting: { readonly words: string; readonly done: () => void } | undefined;

  const server = createServer((client) => {
    network.made += 1;
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    client.setNoDelay(true);
    let isMute = false;
    client.on("data", (bytes) => {
      if (cutting !== undefined && bytes.includes(cutting.words)) {
        isMute = true;
        const { done } = cutting;
        cutting = undefined;
        // The server has carried it out once it answers.
        upstream.once("data", () => {
          end(client, upstream);
          done();
        });
      }
      pass(bytes, upstream, network.weather);
    });
    upstream.on("data", (bytes) => {
      if (!isMute) pass(bytes, client, network.weather === "mute" ? "swallowing" : network.weather);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        end(client, upstream);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server has such an address.
  const { port } = server.address() as AddressInfo;
  const network = {
    url: Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    weather: "clear" as Weather,
    made: 0,
    cut: () => end(...sockets),
    cutAfter: async (words: string) =>
      await new Promise<void>((done) => {
        cutting = { words, done };
      }),
    async close() {
      end(...sockets);
      server.close();
      await once(server, "close");
    },
  };
  return network;
}

function pass(bytes: Buffer, to: Socket, weather: Weather): void {
  if (weather === "swallowing") return;
  if (weather !== "sliced") return void to.write(bytes);
  for (let at = 0; at < bytes.length; at += 1) to.write(bytes.subarray(at, at + 1));
}

function end(...sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}
