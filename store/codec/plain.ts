/**
 * Is a value nothing but JSON data, so that its JSON text is all there is to store? False where a closer look is needed; a quick answer
 * for most state, which then is never taken apart.
 */
export function isPlainJson(value: unknown, levels: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      if (value === null) return true;
      if (levels === 0 || Object.getOwnPropertySymbols(value).length > 0) return false;
      return Array.isArray(value) ? isPlainList(value, levels) : isPlainObject(value, levels);
    default:
      return false;
  }
}

function isPlainObject(value: object, levels: number): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key of Object.keys(value)) {
    // A getter has no value here, and `undefined` is not plain either.
    if (!isPlainJson(Object.getOwnPropertyDescriptor(value, key)?.value, levels - 1)) return false;
  }
  return true;
}

function isPlainList(value: readonly unknown[], levels: number): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype) return false;
  // A hole is `undefined` when read, so only properties beside the members are left to find.
  for (let index = 0; index < value.length; index += 1) if (!isPlainJson(value[index], levels - 1)) return false;
  return Object.keys(value).length === value.length;
}
