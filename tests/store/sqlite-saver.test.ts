import { saverSuite } from "../../testing/saver-suite.ts";
import { sqlitePlace } from "./sqlite-place.ts";

saverSuite("SQLite", sqlitePlace);
