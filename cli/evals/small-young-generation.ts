import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's young generation at the size with which a process starts. It grows where much survives it, and results do survive: a run of
 * thousands of cases ended with two halves of 16 MB for garbage. Collecting it more often costs a run no measurable time.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
