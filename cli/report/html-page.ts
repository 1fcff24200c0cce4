import { createHash } from "node:crypto";

import { type Html, markup, trusted } from "./html.ts";

export interface HtmlPage {
  readonly title: string;
  readonly style: string;
  /** @default none: the page may run no script */
  readonly script?: string;
  readonly body: Html;
}

/** One page that needs nothing else: no network, no other file. By its policy it runs no script and takes no style but these. */
export function htmlPage({ title, style, script, body }: HtmlPage): string {
  const scripts = script === undefined ? "" : `script-src '${hashOf(script)}'; `;
  const policy = `default-src 'none'; style-src '${hashOf(style)}'; ${scripts}base-uri 'none'; form-action 'none'`;
  const page = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>${trusted(style)}</style>
      </head>
      <body>
        ${body} ${script === undefined ? "" : scriptTag(script)}
      </body>
    </html> `;
  return page.html;
}

/** Nothing may come between the tags: the policy names the script by its hash. */
function scriptTag(script: string): Html {
  return trusted(`<script>${script}</script>`);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
