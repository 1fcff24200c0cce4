/** What test files learn of the servers of their run. */
export type TestAddresses = {
  readonly postgres: string;
  readonly redis: string;
  /** The database that every test file's own is copied from. */
  readonly template: string;
};
