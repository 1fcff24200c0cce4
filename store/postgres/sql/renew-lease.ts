import { statement } from "../statement.ts";

/** No row when the fence does not hold. `$1` id, `$2` epoch, `$3` owner, `$4` lease in ms. */
export const renewLease = statement<{ readonly cancel_requested: boolean }>(
  "renew_lease",
  (schema) => `
update ${schema}.runs set lease_until = now() + $4::float8 * interval '1 millisecond'
where id = $1 and epoch = $2 and owner = $3
returning cancel_requested`,
);
