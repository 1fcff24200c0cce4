/** A write on its way: `failure` is set in the moment in which it is known, before `done` rejects. */
export interface Ticket<T> {
  readonly done: Promise<T>;
  readonly failed: boolean;
  readonly failure: unknown;
}
