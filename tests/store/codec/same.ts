/**
 * Says where two values differ, or undefined when nothing can tell them apart: prototypes, order of keys and entries, holes, -0, absent
 * against undefined, hidden properties. Written for the tests, so that the codec is not judged by its own ideas.
 */
export function difference(a: unknown, b: unknown, at = "value"): string | undefined {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null)
    return Object.is(a, b) ? undefined : `${at}: ${String(a)} is not ${String(b)}`;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${at}: prototypes differ`;
  return inside(a, b, at) ?? properties(a, b, at);
}

function inside(a: object, b: object, at: string): string | undefined {
  if (a instanceof Date && b instanceof Date) return difference(a.getTime(), b.getTime(), `${at} time`);
  if (a instanceof RegExp && b instanceof RegExp) return difference(String(a), String(b), `${at} pattern`);
  if (a instanceof URL && b instanceof URL) return difference(a.href, b.href, `${at} href`);
  if (a instanceof Map && b instanceof Map) return difference([...a], [...b], `${at} entries`);
  if (a instanceof Set && b instanceof Set) return difference([...a], [...b], `${at} members`);
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer)
    return Buffer.from(a).equals(Buffer.from(b)) ? undefined : `${at}: bytes differ`;
  if (a instanceof DataView && b instanceof DataView) return difference(a.buffer, b.buffer, at);
  return undefined;
}

function properties(a: object, b: object, at: string): string | undefined {
  const [keys, others] = [Reflect.ownKeys(a), Reflect.ownKeys(b)];
  if (keys.length !== others.length || keys.some((key, index) => key !== others[index]))
    return `${at}: keys ${keys.map(String).join()} are not ${others.map(String).join()}`;
  for (const key of keys) {
    const [one, other] = [Object.getOwnPropertyDescriptor(a, key), Object.getOwnPropertyDescriptor(b, key)];
    if (one?.enumerable !== other?.enumerable) return `${at}.${String(key)}: one is hidden`;
    const found = difference(Reflect.get(a, key), Reflect.get(b, key), `${at}.${String(key)}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
