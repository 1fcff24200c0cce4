import { defineConfig } from "batonjs";

import { brief } from "./brief.ts";

export default defineConfig({ workflows: [brief], prompts: "./prompts" });
