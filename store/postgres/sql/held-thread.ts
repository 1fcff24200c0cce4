/** The fence of a statement that writes one thread: `$1` thread, `$2` run, `$3` epoch, `$4` owner. */
export function heldThread(schema: string): string {
  return `
  select true as held from ${schema}.runs r
  where r.id = $2 and r.epoch = $3 and r.owner = $4
  and $1 = case when r.tenant = 'default' then r.thread else '~' || r.tenant || '~' || r.thread end
  for share of r`;
}
