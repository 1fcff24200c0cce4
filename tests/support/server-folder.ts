import { chown, mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Makes a temporary folder that only `user` (default: this one) can enter. */
export async function serverFolder(name: string, user?: { uid: number; gid: number }): Promise<string> {
  const parent = user === undefined || (await isOpen(tmpdir())) ? tmpdir() : "/tmp";
  const folder = await mkdtemp(join(parent, `baton-${name}-`));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Whether another user can walk to `folder`: root's own temporary folder may lie inside its home. */
async function isOpen(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  const parent = dirname(folder);
  return (mode & 0o001) !== 0 && (parent === folder || (await isOpen(parent)));
}
