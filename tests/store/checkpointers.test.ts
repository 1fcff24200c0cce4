import { checkpointerSuite } from "batonjs/testing/conformance";

import { batonPlace } from "./checkpointer-places.ts";
import { postgresPlaces } from "./postgres/postgres-place.ts";
import { sqlitePlace } from "./sqlite-place.ts";

const postgresPlace = postgresPlaces();

checkpointerSuite("SQLite", async () => batonPlace(await sqlitePlace()));
checkpointerSuite("PostgreSQL", async () => batonPlace(await postgresPlace()));
