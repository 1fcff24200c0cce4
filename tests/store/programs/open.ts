// Usage: node open.ts <folder> [user id]
// Opens the store of the folder, as another user if one is given, and prints `opened`, or the error's code and message as JSON.
import { DEFAULT_TENANT, parseSessionId, parseThreadId } from "../../../core/ids.ts";
import { newRunId } from "../../../core/new-run-id.ts";
import { BatonError } from "../../../core/errors.ts";
import { openStore } from "../../../store/connect.ts";

const [folder = "", user] = process.argv.slice(2);
if (user !== undefined) process.setuid?.(Number(user));
try {
  const store = await openStore({ folder });
  const id = newRunId();
  const pins = { prompts: [], model: { ref: "m", settings: {} }, fingerprint: "f" };
  await store.runs.create(
    {
      id,
      tenant: DEFAULT_TENANT,
      workflow: "w",
      thread: parseThreadId(id),
      session: parseSessionId(id),
      input: {},
      pins,
    },
    [],
  );
  await store.close();
  process.stdout.write("opened");
} catch (error) {
  if (!BatonError.is(error)) throw error;
  process.stdout.write(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
}
