import type { FaultParts, FaultScenario } from "../fault-scenarios.ts";
import { errorReply, type ServerReply } from "../openai-server.ts";

const HOUR_MS = 3_600_000;
/** More than anybody asks. */
const ALWAYS = 12;

/** Errors by status, with each way to say when to come back. */
export function statusFaults({ answer }: FaultParts): readonly FaultScenario[] {
  const right: ServerReply = { kind: "completion", content: answer };
  const passing = Object.entries(SOON).flatMap(([form, headers]) =>
    [429, 500, 529].map((status): FaultScenario => ({
      name: `${status}-${form}`,
      script: [error(status, headers), right],
      ends: "completed",
      requests: 2,
    })),
  );
  const others = [408, 409, 502, 503, 504].map((status): FaultScenario => ({
    name: `${status}-once`,
    script: [error(status), right],
    ends: "completed",
    requests: 2,
  }));
  const long = Object.entries(LATE).map(([form, headers]): FaultScenario => ({
    name: `429-${form}-in-an-hour`,
    script: [error(429, headers), right],
    ends: "parked",
    requests: 1,
  }));
  const lasting = [429, 500, 529].map((status): FaultScenario => ({
    name: `${status}-always`,
    script: Array<ServerReply>(ALWAYS).fill(error(status)),
    ends: "parked",
    requests: 3,
  }));
  const final = [400, 401, 403, 404, 422].map((status): FaultScenario => ({
    name: `${status}-never-retried`,
    script: Array<ServerReply>(ALWAYS).fill(error(status)),
    ends: "failed",
    code: "model-failed",
    requests: 1,
  }));
  return [
    ...passing,
    ...others,
    ...long,
    ...lasting,
    ...final,
    {
      name: "quota-used-up",
      script: Array<ServerReply>(ALWAYS).fill(errorReply(429, { message: "No credit.", code: "insufficient_quota" })),
      ends: "failed",
      code: "model-unavailable",
      requests: 1,
    },
    {
      name: "500-that-forbids-a-retry",
      script: Array<ServerReply>(ALWAYS).fill(error(500, { "x-should-retry": "false" })),
      ends: "failed",
      code: "model-failed",
      requests: 1,
    },
  ];
}

const SOON: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "saying-nothing": {},
  "retry-after-seconds": { "retry-after": "0.01" },
  "retry-after-date": { "retry-after": new Date(0).toUTCString() },
  "retry-after-ms": { "retry-after-ms": "10" },
  "reset-header": { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "10ms" },
};

const LATE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "retry-after-seconds": { "retry-after": "3600" },
  "retry-after-date": { "retry-after": new Date(Date.now() + HOUR_MS).toUTCString() },
  "retry-after-ms": { "retry-after-ms": "3600000" },
  "reset-header": { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h0m0s" },
};

function error(status: number, headers: Readonly<Record<string, string>> = {}): ServerReply {
  return errorReply(status, { message: `Answer ${status} of the test server` }, headers);
}
