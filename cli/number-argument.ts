import { InvalidArgumentError } from "commander";

/** Reads the value of a flag as a whole number from 0 on. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 0.");
}
