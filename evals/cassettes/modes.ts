/**
 * `replay` answers from recordings and never from the network; `record` asks the network and records; `auto` replays what is recorded and records the
 * rest; `refresh` records all anew; `off` does nothing.
 */
export const CASSETTE_MODES = ["off", "replay", "record", "auto", "refresh"] as const;
export type CassetteMode = (typeof CASSETTE_MODES)[number];
