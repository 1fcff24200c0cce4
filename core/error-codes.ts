/**
 * Every error code of Baton with the exit code the command line answers it by.
 * A code is also the name of its page: `docs/errors/<code>.md`.
 *
 * 1 failed · 64 usage · 69 a needed service is unavailable · 70 a defect in Baton · 75 try again · 78 bad configuration · 130 interrupted
 * (the meanings of sysexits.h where it has one).
 */
export const ERROR_EXIT_CODES = {
  "agent-outside-run": 1,
  "bad-usage": 64,
  "answer-missing": 2,
  "answer-unexpected": 64,
  "baton-folder-unusable": 78,
  "checkpoint-conflict": 75,
  "checkpoint-unreadable": 1,
  "config-invalid": 78,
  "config-not-found": 78,
  "database-busy": 75,
  "database-corrupt": 69,
  "database-full": 75,
  "duplicate-workflow": 78,
  "encryption-key-invalid": 78,
  "encryption-key-unknown": 78,
  fenced: 75,
  "init-folder-not-empty": 64,
  "input-invalid": 64,
  "internal-error": 70,
  "interrupt-unknown": 64,
  "lease-lost": 75,
  "memory-item-invalid": 1,
  "model-changed": 78,
  "model-failed": 1,
  "model-key-missing": 78,
  "model-output-invalid": 1,
  "model-refused": 1,
  "model-truncated": 1,
  "model-unavailable": 69,
  "node-failed": 1,
  "node-version-unsupported": 78,
  "prompt-invalid": 78,
  "prompt-not-found": 78,
  "prompt-pin-missing": 78,
  "prompt-variable": 78,
  "recursion-limit": 1,
  "run-already-active": 75,
  "run-id-taken": 64,
  "run-not-resumable": 64,
  "state-field-unknown": 78,
  "state-not-serializable": 1,
  "state-read-forbidden": 1,
  "state-write-forbidden": 1,
  "store-schema-newer": 78,
  "thread-held": 75,
  "unknown-run": 64,
  "unknown-workflow": 64,
  "workflow-invalid": 78,
} as const;

export type ErrorCode = keyof typeof ERROR_EXIT_CODES;
