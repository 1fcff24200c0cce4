/**
 * SHA-256 of a text (as UTF-8) or of bytes, in hex. Node's crypto is loaded at the first digest and not with the module: that takes as long as a
 * quarter of a command that only reads.
 */
export function sha256(data: string | Uint8Array): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", data, "hex");
}
