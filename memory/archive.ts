/** The namespace of the vector layer that holds what left a session by its limits. No workflow id and no session id has a colon. */
export function sessionArchive(session: string): string {
  return `session:${session}`;
}
