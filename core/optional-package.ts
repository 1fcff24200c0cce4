import { BatonError } from "./errors.ts";

export interface OptionalPackage {
  readonly name: string;
  /** Who needs it, in the plural or as a name with its verb: "Redis needs", "MCP servers need". */
  readonly needs: string;
}

/** Imports what is installed only where it is used. Throws `package-missing`, which names the package. */
export async function optionalPackage<T>({ name, needs }: OptionalPackage, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new BatonError("package-missing", `${needs} the package \`${name}\`, which is not installed.`, {
      hint: `Install it with: npm install ${name}`,
      cause: error,
    });
  }
}
