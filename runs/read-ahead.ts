/**
 * Yields what `source` yields, read as soon as it is there. LangGraph's stream throws away what nobody has read when a node fails, so a
 * reader that pauses between two items would miss which task it was.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  const read: T[] = [];
  let ended = false;
  let changed = Promise.withResolvers<void>();

  async function readAll(): Promise<void> {
    try {
      for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) {
        read.push(item.value);
        changed.resolve();
      }
    } finally {
      ended = true;
      changed.resolve();
    }
  }

  const reading = readAll();
  // Whoever reads to the end sees the failure below; who stops early has a reason of his own.
  reading.catch(() => undefined);
  try {
    while (true) {
      yield* read.splice(0);
      if (ended && read.length === 0) break;
      if (read.length > 0) continue;
      await changed.promise;
      changed = Promise.withResolvers();
    }
    await reading;
  } finally {
    // Not awaited: a source may end only after the item that is under way.
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}
