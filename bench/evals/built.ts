/**
 * Loads a module as users run it, from `dist`, which types cannot come from: it may be older than the source. Its type is the source's.
 */
export async function built<T>(path: string): Promise<T> {
  // What was built from a source file exports what that does.
  return (await import(new URL(`../../dist/${path}.js`, import.meta.url).href)) as T;
}
