import { openPostgresStore } from "../../../store/postgres/store.ts";
import type { StorePlace } from "../../../testing/opened-store.ts";
import { createTestDatabase } from "../../support/postgres.ts";

/** Makes new schemas for stores in one database of this test file. */
export function postgresPlaces(): () => Promise<StorePlace> {
  const database = createTestDatabase();
  let count = 0;

  return async () => {
    const { url } = await database;
    count += 1;
    const schema = `place_${count}`;
    return {
      open: async () => await openPostgresStore({ url, schema, connections: 4 }),
      // The database goes as a whole when the tests are over.
      remove: async () => {},
    };
  };
}
