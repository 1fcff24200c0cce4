/** Reduces one lower-case English word to the form under which all its inflections are found. Results are cached. */
export function stem(word: string): string {
  const known = cache.get(word);
  if (known !== undefined) return known;
  const reduced = IRREGULAR.get(word) ?? regularStem(word);
  const base = IRREGULAR.get(reduced) ?? reduced;
  // A vocabulary is small; a hostile text of endless new words must not fill the memory.
  if (cache.size >= MOST_CACHED_WORDS) cache.clear();
  cache.set(word, base);
  return base;
}

const MOST_CACHED_WORDS = 100_000;
const cache = new Map<string, string>();

const IRREGULAR_FORMS = `
go: went gone goes; buy: bought; get: got gotten; make: made; take: took taken; give: gave given; come: came; see: saw seen;
find: found; tell: told; say: said; think: thought; feel: felt; leave: left; meet: met; run: ran; begin: began begun;
write: wrote written; win: won; lose: lost; spend: spent; build: built; keep: kept; hold: held; bring: brought; teach: taught;
catch: caught; choose: chose chosen; draw: drew drawn; drive: drove driven; eat: ate eaten; fall: fell fallen; fly: flew flown;
forget: forgot forgotten; grow: grew grown; hear: heard; hide: hid; know: knew known; lead: led; lend: lent; lie: lay; pay: paid;
ride: rode ridden; rise: rose; sing: sang sung; sit: sat; send: sent; shake: shook; shoot: shot; show: showed shown; sleep: slept;
sell: sold; speak: spoke spoken; stand: stood; swim: swam; throw: threw thrown; understand: understood; wake: woke; wear: wore worn;
become: became; break: broke broken; child: children kids kid; person: people; woman: women; man: men; foot: feet; mouse: mice;
tooth: teeth; life: lives; wife: wives; mother: mom mum; father: dad; favorite: favourite; color: colour;
read: read; hit: hit; hurt: hurt; let: let; put: put; set: set`;

const IRREGULAR: ReadonlyMap<string, string> = new Map(
  IRREGULAR_FORMS.split(";").flatMap((row) => {
    const [base = "", forms = ""] = row.trim().split(": ");
    return forms.split(" ").map((form): [string, string] => [form, base]);
  }),
);

function regularStem(word: string): string {
  if (word.length <= 3) return word;
  const bare = withoutSuffix(withoutTense(withoutPlural(word)));
  return bare.length > 4 && bare.endsWith("e") ? bare.slice(0, -1) : bare;
}

function withoutPlural(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  return word.endsWith("s") && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}

function withoutTense(word: string): string {
  if (word.endsWith("eed")) return word;
  if (word.endsWith("ied") && word.length > 4) return `${word.slice(0, -3)}y`;
  const ending = word.endsWith("ed") && word.length > 4 ? 2 : word.endsWith("ing") && word.length > 5 ? 3 : 0;
  if (ending === 0) return word;
  const rest = word.slice(0, -ending);
  return /[aeiouy]/.test(rest) ? repaired(rest) : word;
}

/** Gives back the `e` or takes away the doubled consonant that the dropped ending had cost or made. */
function repaired(rest: string): string {
  if (rest.length > 2 && /(?:at|bl|iz|v|c|g|ur|[^aeiouy]u)$/.test(rest)) return `${rest}e`;
  return /([^aeiouylsz])\1$/.test(rest) ? rest.slice(0, -1) : rest;
}

/** In the order in which they are tried. */
const SUFFIXES: readonly (readonly [suffix: string, replacement: string])[] = [
  ["ization", "ize"],
  ["ational", "ate"],
  ["fulness", "ful"],
  ["iveness", "ive"],
  ["ousness", "ous"],
  ["ation", "ate"],
  ["ments", ""],
  ["ment", ""],
  ["ness", ""],
  ["ally", "al"],
  ["ously", "ous"],
  ["ively", "ive"],
  ["edly", ""],
  ["ingly", ""],
  ["ly", ""],
  ["able", ""],
  ["er", ""],
];
const SHORTEST_REST = 4;

function withoutSuffix(word: string): string {
  const found = SUFFIXES.find(([suffix]) => word.endsWith(suffix) && word.length - suffix.length >= SHORTEST_REST);
  return found === undefined ? word : word.slice(0, -found[0].length) + found[1];
}
