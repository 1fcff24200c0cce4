import { storeSuite } from "../../../testing/store-suite.ts";
import { postgresPlaces } from "./postgres-place.ts";

storeSuite("PostgreSQL", postgresPlaces());
