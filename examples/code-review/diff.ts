/** One file of a diff: its new path (its old one where it was deleted) and the lines that changed. */
export interface DiffFile {
  readonly path: string;
  readonly patch: string;
}

/** Takes what `git diff` prints apart, file by file; binary files say nothing that could be reviewed and are left out. */
export function filesOf(diff: string): DiffFile[] {
  const parts = diff.split(/^(?=diff --git )/mu).filter((part) => part.startsWith("diff --git "));
  return parts.flatMap((patch) => {
    const path = /^\+\+\+ b\/(.+)$/mu.exec(patch)?.[1] ?? /^--- a\/(.+)$/mu.exec(patch)?.[1];
    const lines = patch.search(/^@@/mu);
    return path === undefined || lines === -1 ? [] : [{ path: path.trimEnd(), patch: patch.slice(lines) }];
  });
}
