import { builtinKinds } from "./builtin-kinds.ts";
import { className, type FoundKind, type Kinds } from "./kind.ts";
import { loadPackageKinds, type StockClasses } from "./package-kinds.ts";

/** The kinds of the language, known from the start. */
export const languageKinds: Kinds = kindsOf(builtinKinds, false);

export interface KnownKinds extends Kinds {
  readonly stock: StockClasses;
}

let loading: Promise<KnownKinds> | undefined;

/** All kinds, with those of LangChain and LangGraph, which are loaded at the first need. */
export async function knownKinds(): Promise<KnownKinds> {
  loading ??= loadPackageKinds().then(({ kinds, stock }) => ({
    ...kindsOf([...builtinKinds, ...kinds], true),
    stock,
  }));
  return await loading;
}

function kindsOf(found: readonly FoundKind[], isComplete: boolean): Kinds {
  const byPrototype = new Map(found);
  const byName = new Map(found.map(([, kind]) => [kind.name, kind]));
  const ours = [...byPrototype.keys()];

  return {
    isComplete,
    byPrototype,
    byName,
    foreign(value) {
      const name = className(value);
      const isSubclass = ours.some((prototype) => prototype.isPrototypeOf(value));
      return isBranded(value, name) && !isSubclass ? byName.get(name) : undefined;
    },
  };
}

/** The marks by which LangChain and LangGraph know their own values across copies: a CommonJS app has copies of its own. */
function isBranded(value: object, name: string): boolean {
  return (
    Reflect.get(value, Symbol.for("langchain.message")) === true ||
    Reflect.get(value, "lg_name") === name ||
    name === "Document"
  );
}
