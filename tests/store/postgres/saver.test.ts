import { saverSuite } from "../../../testing/saver-suite.ts";
import { postgresPlaces } from "./postgres-place.ts";

saverSuite("PostgreSQL", postgresPlaces());
