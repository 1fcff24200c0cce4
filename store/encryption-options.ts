/** Keys of AES-256-GCM. To rotate, add a key and make it the current one; keep the old ones as long as anything is stored under them. */
export interface EncryptionOptions {
  /** Each key by its id: base64 of exactly 32 random bytes (`openssl rand -base64 32`). */
  readonly keys: Readonly<Record<string, string>>;
  /** The id of the key that encrypts from now on. */
  readonly current: string;
  /** Reads what was stored before encryption was switched on; new ones are encrypted all the same. @default false */
  readonly allowPlain?: boolean;
}
