import { defineConfig } from "vitest/config";

import base from "../../vitest.config.ts";

/** The long simulation of faults is a command of its own: `npm run test:simulation`. */
export default defineConfig({ ...base, test: { ...base.test, include: ["tests/simulation/*.sim.ts"] } });
