import { agent } from "batonjs";

import { Research } from "../state.ts";

/** Turns the notes into the sentences of the brief, each with the notes it rests on. */
export const writer = agent(Research, { prompt: "writer", reads: ["question", "notes"], writes: ["draft"] });
