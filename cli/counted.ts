/** `1 prompt`, `2 prompts`: a number with its noun, of which the plural may be given. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
