/** What a task's writes were made from, beside the first of them. */
export const provenanceColumn = `
alter table checkpoint_writes add column origin text;
`;
