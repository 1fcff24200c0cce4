/**
 * The variables of each prompt, by its name. Empty until `baton prompts types` writes a declaration file that fills it; from then on `agent()`
 * knows which prompts there are and what each of them needs.
 */
export interface PromptInputs {}

/** The name of a prompt: any text until the prompts' types are written. */
export type PromptName = [keyof PromptInputs] extends [never] ? string : Extract<keyof PromptInputs, string>;

/**
 * Demands of an agent that it reads what its prompt needs; a mistake is the text of the type that `reads` does not fit.
 *
 * `Seen` is the part of the state that the agent reads.
 */
export type PromptFits<P extends string, Seen> = P extends keyof PromptInputs
  ? [Unread<PromptInputs[P], Seen>] extends [never]
    ? [Unfit<PromptInputs[P], Seen>] extends [never]
      ? unknown
      : { readonly reads: `Prompt ${P} takes another type for ${Unfit<PromptInputs[P], Seen>} than the state has.` }
    : { readonly reads: `Prompt ${P} needs ${Unread<PromptInputs[P], Seen>}: add it to "reads".` }
  : unknown;

/** Required variables that the agent does not read. */
type Unread<Input, Seen> = Exclude<RequiredKeys<Input>, keyof Seen> & string;

type RequiredKeys<Input> = { [K in keyof Input]-?: object extends Pick<Input, K> ? never : K }[keyof Input];

/** Variables that the agent reads from a field of another type. */
type Unfit<Input, Seen> = {
  [K in keyof Input & keyof Seen]: Seen[K] extends Input[K] ? never : K;
}[keyof Input & keyof Seen] &
  string;
