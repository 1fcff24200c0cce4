import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

/** A way to a server on which every answer takes `delayMs` longer, in a thread of its own so that it costs the measured one nothing. */
export async function slowNetwork(
  url: string,
  delayMs: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const target = new URL(url);
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { host: target.hostname, port: Number(target.port), delayMs },
  });
  const [port]: number[] = await once(worker, "message");
  return {
    url: Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    close: async () => void (await worker.terminate()),
  };
}

interface Way {
  readonly host: string;
  readonly port: number;
  readonly delayMs: number;
}

async function serve({ host, port, delayMs }: Way): Promise<number> {
  const server = createServer((client) => {
    const upstream = connect({ host, port, noDelay: true });
    client.setNoDelay(true);
    forward(client, upstream, 0);
    forward(upstream, client, delayMs);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server has such an address.
  return (server.address() as AddressInfo).port;
}

function forward(from: Socket, to: Socket, delayMs: number): void {
  from.on("data", (bytes) => {
    if (delayMs === 0) to.write(bytes);
    else setTimeout(() => to.writable && to.write(bytes), delayMs);
  });
  from.on("error", () => to.destroy());
  from.on("close", () => setTimeout(() => to.destroy(), delayMs));
}

// The thread was started with such data above.
if (!isMainThread) parentPort?.postMessage(await serve(workerData as Way));
