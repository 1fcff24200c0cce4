import { END, Send, START, StateGraph } from "@langchain/langgraph";
import { workflow } from "batonjs";

import { checker } from "./agents/checker.ts";
import { critic } from "./agents/critic.ts";
import { editor } from "./agents/editor.ts";
import { ingest } from "./agents/ingest.ts";
import { planner } from "./agents/planner.ts";
import { researcher } from "./agents/researcher.ts";
import { writer } from "./agents/writer.ts";
import { prepareSources } from "./sources/prepare.ts";
import { Research } from "./state.ts";

/** How often the critic may send the researchers out again. */
const MOST_ROUNDS_BACK = 2;

type State = typeof Research.State;

function askAll({ question, corpus, subQuestions }: State): Send[] {
  return subQuestions.map((subQuestion) => new Send("researcher", { question, corpus, subQuestion }));
}

function askAgain({ question, corpus, subQuestions, reviews }: State): "checker" | Send[] {
  const review = reviews.at(-1);
  if (review?.verdict !== "revise" || reviews.length > MOST_ROUNDS_BACK) return "checker";
  const asked = [...subQuestions, ...reviews.slice(0, -1).flatMap(({ gaps }) => gaps)];
  const fresh = [...new Set(review.gaps)].filter((gap) => gap.trim() !== "" && !asked.includes(gap));
  return fresh.length === 0
    ? "checker"
    : fresh.map((subQuestion) => new Send("researcher", { question, corpus, subQuestion }));
}

const retryPolicy = { maxAttempts: 3 };

const graph = new StateGraph(Research)
  .addNode("ingest", ingest)
  .addNode("planner", planner, { retryPolicy })
  .addNode("researcher", researcher, { retryPolicy })
  .addNode("writer", writer, { retryPolicy })
  .addNode("critic", critic, { retryPolicy })
  .addNode("checker", checker)
  .addNode("editor", editor)
  .addEdge(START, "ingest")
  .addEdge("ingest", "planner")
  .addConditionalEdges("planner", askAll, ["researcher"])
  .addEdge("researcher", "writer")
  .addEdge("writer", "critic")
  .addConditionalEdges("critic", askAgain, ["researcher", "checker"])
  .addEdge("checker", "editor")
  .addEdge("editor", END);

/** Answers a question from documents, with a cited brief. */
export const research = workflow({
  id: "research",
  graph,
  prepareInput: prepareSources,
  description: "Answers a question from files and folders, with a cited brief.",
});
