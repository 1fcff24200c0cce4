import { BatonError } from "../core/errors.ts";

export interface ReadRights {
  readonly node: string;
  readonly reads: readonly string[];
  /** All fields of the state: only access to one of these is refused. */
  readonly declared: readonly string[];
}

/**
 * A view of the state in which only `reads` exist. Reading another declared field throws `state-read-forbidden`; symbols, `then`,
 * `toJSON` and unknown names stay undefined, so that awaiting, printing and spreading the view work.
 */
export function guardReads<S extends object>(state: S, rights: ReadRights): S {
  const visible = Object.fromEntries(Object.entries(state).filter(([key]) => rights.reads.includes(key)));
  const view = new Proxy(visible, {
    get(target, key, receiver) {
      if (typeof key === "string" && !rights.reads.includes(key) && rights.declared.includes(key))
        throw forbidden(rights.node, key);
      return Reflect.get(target, key, receiver);
    },
  });
  // The view has the fields of `reads`, which is all that S (a Pick over `reads`) promises.
  return view as S;
}

function forbidden(node: string, field: string): BatonError {
  return new BatonError(
    "state-read-forbidden",
    `Node \`${node}\` read the field \`${field}\`, which is not in its \`reads\`.`,
    {
      hint: `Add "${field}" to \`reads\` of the node.`,
    },
  );
}
