import { storeSuite } from "../../testing/store-suite.ts";
import { sqlitePlace } from "./sqlite-place.ts";

storeSuite("SQLite", sqlitePlace);
