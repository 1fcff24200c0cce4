import { isRecord, setOwn, type Kind } from "./kind.ts";
import { Refusal } from "./refusal.ts";

export interface RecordClass {
  readonly name: string;
  /** A fresh instance; what a value has in common with it is not written. */
  make(): object;
}

/**
 * Instances of a class whose state is its public fields. The constructor makes a fresh instance and the stored fields are laid over it:
 * fields come back as they were, and a later version of the class still gets its own set-up.
 */
export function recordKind({ name, make }: RecordClass): Kind {
  const blank = make();
  const usual = argumentKeys(blank);
  const symbols = Object.getOwnPropertySymbols(blank).length;

  function payload(value: object): unknown {
    if (Object.getOwnPropertySymbols(value).length !== symbols)
      throw new Refusal(`an instance of ${name} with symbols added`);
    const fields: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const field: unknown = Reflect.get(value, key);
      if (key !== "lc_kwargs" && !(Object.hasOwn(blank, key) && isDefault(field, Reflect.get(blank, key))))
        setOwn(fields, key, field);
    }
    const kwargs = unusualArguments(value, fields);
    const absent = Object.keys(blank).filter((key) => !Object.hasOwn(value, key));
    return kwargs === null && absent.length === 0 ? fields : [fields, kwargs, absent];
  }

  function revive(stored: unknown): object {
    const [fields, kwargs, absent] = Array.isArray(stored) ? (stored as readonly unknown[]) : [stored, null, []];
    if (!isRecord(fields) || !Array.isArray(absent)) throw new TypeError(`expected the fields of ${name}`);
    const value = make();
    for (const key of Object.keys(fields)) setOwn(value, key, fields[key]);
    if (usual !== undefined)
      setOwn(value, "lc_kwargs", isRecord(kwargs) ? argumentsFrom(value, kwargs) : usualArguments(value, fields));
    for (const key of absent) if (typeof key === "string") Reflect.deleteProperty(value, key);
    return value;
  }

  /**
   * LangChain keeps what its constructor got in `lc_kwargs`, mostly the same objects as in the fields. Null when it holds just the
   * fields; else which of its keys are fields, and the others with their values.
   */
  function unusualArguments(
    value: object,
    fields: Record<string, unknown>,
  ): { same: string[]; own: Record<string, unknown> } | null {
    const kwargs: unknown = Reflect.get(value, "lc_kwargs");
    if (!isRecord(kwargs)) return null;
    const keys = Object.keys(kwargs);
    const same = keys.filter((key) => Object.hasOwn(value, key) && Object.is(kwargs[key], Reflect.get(value, key)));
    if (same.length === keys.length && isUsual(kwargs, keys, fields)) return null;
    const own: Record<string, unknown> = {};
    for (const key of keys) if (!same.includes(key)) setOwn(own, key, kwargs[key]);
    return { same, own };
  }

  function isUsual(kwargs: object, keys: readonly string[], fields: Record<string, unknown>): boolean {
    const all = [...Object.keys(fields), ...(usual ?? [])];
    return all.every((key) => Object.hasOwn(kwargs, key)) && keys.every((key) => all.includes(key));
  }

  function usualArguments(value: object, fields: Record<string, unknown>): Record<string, unknown> {
    const kwargs: Record<string, unknown> = {};
    for (const key of usual ?? []) kwargs[key] = Reflect.get(value, key);
    for (const key of Object.keys(fields)) setOwn(kwargs, key, fields[key]);
    return kwargs;
  }

  function argumentsFrom(value: object, { same, own }: Record<string, unknown>): Record<string, unknown> {
    if (!Array.isArray(same) || !isRecord(own)) throw new TypeError(`expected the arguments of ${name}`);
    const kwargs: Record<string, unknown> = {};
    for (const key of same) if (typeof key === "string") setOwn(kwargs, key, Reflect.get(value, key));
    for (const key of Object.keys(own)) setOwn(kwargs, key, own[key]);
    return kwargs;
  }

  return { name, payload, revive };
}

/** The constructor arguments that every instance has; undefined for classes that keep none. */
function argumentKeys(blank: object): readonly string[] | undefined {
  const kwargs: unknown = Reflect.get(blank, "lc_kwargs");
  return isRecord(kwargs) ? Object.keys(kwargs) : undefined;
}

/** Is a field what a fresh instance has there: the same value, an empty list or object, or the same list of words. */
function isDefault(field: unknown, fresh: unknown): boolean {
  if (Object.is(field, fresh)) return true;
  if (Array.isArray(field))
    return (
      Array.isArray(fresh) &&
      field.length === fresh.length &&
      isPlainList(field) &&
      field.every((item, index) => item === fresh[index])
    );
  return isEmptyObject(field) && isEmptyObject(fresh);
}

function isPlainList(list: readonly unknown[]): boolean {
  return (
    Object.getPrototypeOf(list) === Array.prototype &&
    Reflect.ownKeys(list).length === list.length + 1 &&
    list.every((item) => typeof item === "string")
  );
}

function isEmptyObject(value: unknown): boolean {
  return isRecord(value) && Object.getPrototypeOf(value) === Object.prototype && Reflect.ownKeys(value).length === 0;
}
