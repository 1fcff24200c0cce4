import { BatonError } from "../core/errors.ts";

const OPENAI_URL = "https://api.openai.com/v1";

export interface EndpointOptions {
  /** @default OPENAI_API_KEY; an endpoint on this machine or in a private network needs none */
  readonly apiKey?: string;
  /** Any endpoint that speaks OpenAI's chat completions. @default OPENAI_BASE_URL, else OpenAI itself */
  readonly baseURL?: string;
  /** Where the two variables are read. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Endpoint {
  readonly url: string;
  readonly isOpenAI: boolean;
  readonly needsKey: boolean;
  /** Reads the key when it is needed, so that importing a config never depends on it. */
  key(): string | undefined;
}

/** Finds out where requests go and whether they need a key; throws `config-invalid` when the base URL is none. */
export function endpoint(options: EndpointOptions): Endpoint {
  const env = options.env ?? process.env;
  const given = nonEmpty(options.baseURL) ?? nonEmpty(env["OPENAI_BASE_URL"]) ?? OPENAI_URL;
  const url = parsed(given);
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    isOpenAI: url.hostname === "api.openai.com",
    needsKey: !isPrivateHost(url.hostname),
    key: () => nonEmpty(options.apiKey) ?? nonEmpty(env["OPENAI_API_KEY"]),
  };
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A key in the URL would be printed wherever the URL is.
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === ""
  )
    return url;
  throw new BatonError(
    "config-invalid",
    `Expected the base URL of a model to be an http(s) URL without credentials and query, got \`${shown(url, text)}\`.`,
    {
      hint: "Set `baseURL` or OPENAI_BASE_URL to something like http://localhost:11434/v1, and the key with `apiKey` or OPENAI_API_KEY.",
    },
  );
}

function shown(url: URL | undefined, text: string): string {
  return url === undefined
    ? text.slice(0, 80).replace(/\/\/[^@/]*@/, "//…@")
    : `${url.protocol}//${url.host}${url.pathname}`;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}

/** Loopback, private networks and bare host names (`ollama`, `vllm` in a container network) commonly ask for no key. */
function isPrivateHost(host: string): boolean {
  return (
    !/[.:]/.test(host) ||
    /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|0\.0\.0\.0$)/.test(host) ||
    /^\[(?:::1|f[cd][\da-f]{2}:.*|fe80:.*)\]$/i.test(host) ||
    /\.(?:local|localhost|internal|lan)$/i.test(host)
  );
}
