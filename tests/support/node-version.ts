/** Says in one sentence why the tests cannot run on this Node; nothing when they can. */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  return `The tests need Node.js >= 22.18 (this is ${version}): run \`npm ci\`, then \`npm test\`, which bring their own.`;
}
