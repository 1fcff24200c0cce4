/**
 * Removes what belongs to the user of this machine: tests must neither reach their servers nor pay with their keys.
 * Workers and child programs inherit what is left.
 */
export function forgetUserServices(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    if (name === "DATABASE_URL" || name === "REDIS_URL" || name.endsWith("_API_KEY")) delete environment[name];
  }
}
