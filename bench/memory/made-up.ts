import type { Conversation, Question, Turn } from "./corpus.ts";

/**
 * Conversations of our own, the same in every run: two people who meet every ten days and tell each other what happened. A question
 * asks in other words than those of the turn that answers it, and some ask the wrong person.
 */
export function madeUpConversations(): readonly Conversation[] {
  return PEOPLE.map((people, at) => converse(people, at));
}

type People = readonly [one: string, other: string];

const PEOPLE: readonly People[] = [
  ["Ines", "Tobias"],
  ["Farid", "Greta"],
  ["Yuki", "Oskar"],
  ["Amara", "Piotr"],
];
const MEETINGS = 24;
const EVENTS_PER_MEETING = 2;
const START = Date.UTC(2024, 0, 9, 17);
const DAY_MS = 86_400_000;

/** What can happen: how the other asks for it, how it is told, a detail, and two questions. `~` is the name, `*` a thing. */
interface Story {
  readonly opening: string;
  readonly told: string;
  readonly detail: string;
  readonly asked: string;
  readonly askedWhen: string;
  readonly things: readonly string[];
}

const STORIES: readonly Story[] = [
  {
    opening: "How did the repair of your old bicycle go?",
    told: "Better than I thought! I replaced the * yesterday and rode straight to the harbour.",
    detail: "It cost me forty euros, and my hands were black for two days.",
    asked: "Which part of the bike did ~ exchange before riding to the harbour: the *?",
    askedWhen: "When was ~'s bicycle with the * repaired?",
    things: ["chain", "saddle", "front brake", "rear wheel", "pedals", "gear lever"],
  },
  {
    opening: "You sound tired, what kept you up?",
    told: "The neighbours adopted a * last week and it plays until three in the morning.",
    detail: "They say it will calm down once it knows the flat.",
    asked: "What animal was the adoption of ~'s neighbours about: the *?",
    askedWhen: "When did the people next to ~ get the *?",
    things: ["kitten", "greyhound", "parrot", "ferret", "rabbit", "terrier"],
  },
  {
    opening: "Did you hear back about the course?",
    told: "They accepted me! From next month I will learn * on two evenings a week.",
    detail: "The teacher came over from Lisbon and speaks no German at all.",
    asked: "Where does the teacher of ~'s * evenings come from?",
    askedWhen: "When did ~ tell of being accepted for the lessons in *?",
    things: ["pottery", "bookbinding", "welding", "beekeeping", "calligraphy", "carpentry"],
  },
  {
    opening: "And what is new at work?",
    told: "I presented our plan for the * to the city council, and nobody fell asleep.",
    detail: "The mayor wanted a cheaper version by the end of the quarter.",
    asked: "What presentation did ~ give the councillors: the plan for the *?",
    askedWhen: "What month did ~ speak to the council about the *?",
    things: ["footbridge", "library", "tram line", "swimming hall", "market square", "flood wall"],
  },
  {
    opening: "Was the kitchen a disaster again?",
    told: "On the contrary, my * turned out golden, and my aunt asked for the recipe.",
    detail: "The secret is a spoon of mustard that nobody tastes.",
    asked: "What did ~'s aunt want the recipe of: the *?",
    askedWhen: "When did the * that ~ baked succeed?",
    things: ["walnut bread", "onion tart", "plum cake", "fish pie", "apple strudel", "cheese rolls"],
  },
  {
    opening: "Where were you all weekend, I could not reach you?",
    told: "Hiking to the * with my cousin, three days without any signal.",
    detail: "We slept in a shepherd's hut, and a fox stole our sausages.",
    asked: "Who went on the hike to the * together with ~?",
    askedWhen: "When did ~ hike to the *?",
    things: ["glacier", "monastery", "waterfall", "lighthouse", "crater lake", "border ridge"],
  },
  {
    opening: "Any luck with the instrument?",
    told: "I sold the piano and bought a * from a retired sailor, it fits under the bed.",
    detail: "My first concert is for the plants on the balcony.",
    asked: "From whom did ~ purchase the *?",
    askedWhen: "When did ~ buy the * of the sailor?",
    things: ["banjo", "clarinet", "accordion", "violin", "trumpet", "mandolin"],
  },
  {
    opening: "How is your sister these days?",
    told: "She opened a shop for * near the station, and I painted the sign above its door.",
    detail: "On the first morning the queue reached the bus stop.",
    asked: "What does the store of ~'s sister sell: *?",
    askedWhen: "When did the sister of ~ begin to sell *?",
    things: ["old maps", "candles", "spices", "comics", "houseplants", "buttons"],
  },
];

const CHATTER: readonly string[] = [
  "The rain has not stopped here for days.",
  "I should drink less coffee, honestly.",
  "You always say that!",
  "That sounds lovely, tell me more some other time.",
  "Hold on, somebody is at the door. Back again.",
  "My phone is nearly empty, so be quick.",
  "I laughed so much that the tram driver turned round.",
  "We really must see each other more often.",
  "Do you remember the summer at the lake?",
  "Everything is getting more expensive, it is unbelievable.",
];

function converse(people: People, number: number): Conversation {
  const pick = picker(number + 1);
  const turns: Turn[] = [];
  const questions: Question[] = [];
  const told = new Set<string>();
  for (let meeting = 1; meeting <= MEETINGS; meeting += 1) {
    const meet = meetingOf(meeting);
    const say = (speaker: string, text: string): string => {
      const order = turns.filter((turn) => turn.meeting === meeting).length;
      turns.push({ ...meet, id: `${meeting}:${order}`, speaker, text, order });
      return `${meeting}:${order}`;
    };
    for (let event = 0; event < EVENTS_PER_MEETING; event += 1) {
      for (let line = 0; line < 4; line += 1) say(people[line % 2] ?? people[0], pick(CHATTER));
      const [name, other] = pick([people, people.toReversed()]);
      const story = pick(STORIES);
      const thing = pick(story.things);
      if (name === undefined || other === undefined || told.has(thing)) continue;
      told.add(thing);
      say(other, story.opening);
      const evidence = [say(name, story.told.replace("*", thing)), say(name, story.detail)];
      questions.push(...questionsOf(story, { name, other, thing, evidence }));
    }
  }
  return { name: people.join(" and "), turns, questions };
}

function meetingOf(meeting: number): Pick<Turn, "meeting" | "time" | "date"> {
  const time = START + (meeting - 1) * 10 * DAY_MS;
  return { meeting, time, date: new Date(time).toISOString().slice(0, 10) };
}

function questionsOf(
  { asked, askedWhen }: Story,
  told: {
    readonly name: string;
    readonly other: string;
    readonly thing: string;
    readonly evidence: readonly string[];
  },
): readonly Question[] {
  const fill = (text: string, name: string): string =>
    text.replace("~", name).replace(": the *?", "?").replace(": *?", "?");
  const named = (text: string, name: string): string => fill(text, name).replace("*", told.thing);
  const evidence = told.evidence;
  return [
    { text: named(asked, told.name), evidence, adversarial: false },
    { text: named(askedWhen, told.name), evidence: evidence.slice(0, 1), adversarial: false },
    { text: named(askedWhen, told.other), evidence: evidence.slice(0, 1), adversarial: true },
  ];
}

/** Picks at random, but the same in every run. */
function picker(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed * 7_919;
  return <T>(choices: readonly T[]): T => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const choice = choices[Math.floor((state / 2_147_483_648) * choices.length)];
    if (choice === undefined) throw new Error("Nothing to pick from.");
    return choice;
  };
}
