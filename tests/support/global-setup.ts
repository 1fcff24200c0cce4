import type { TestProject } from "vitest/node";

import { nodeTooOld } from "./node-version.ts";
import { forgetUserServices } from "./private-environment.ts";
import type { TestAddresses } from "./test-addresses.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly servers: TestAddresses;
  }
}

/** Runs once before all tests: the right Node, nothing of the user's in the environment, real servers. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const wrongNode = nodeTooOld(process.versions.node);
  if (wrongNode !== undefined) throw plain(wrongNode);
  forgetUserServices(process.env);

  try {
    const { openServers } = await import("./open-servers.ts");
    const { addresses, close } = await openServers();
    project.provide("servers", addresses);
    return close;
  } catch (error) {
    throw plain(error instanceof Error ? error.message : String(error));
  }
}

/** An error whose text is all that is printed: where it was thrown tells the reader nothing. */
function plain(message: string): Error {
  return Object.assign(new Error(message), { stack: message });
}
