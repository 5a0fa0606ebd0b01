import { z } from "zod";
import { unusableResult } from "../failures.js";

/**
 * The shapes of the SQL Statement Execution API that are read here.
 * Source: docs.databricks.com/api/statement-execution, looked up 2026-11.
 */
const link = z.looseObject({
  external_link: z.string(),
  expiration: z.string().nullish(),
  chunk_index: z.number(),
  next_chunk_index: z.number().nullish(),
});

const chunk = z.looseObject({
  chunk_index: z.number().nullish(),
  data_array: z.array(z.array(z.unknown())).nullish(),
  external_links: z.array(link).nullish(),
  next_chunk_index: z.number().nullish(),
});

const statement = z.looseObject({
  statement_id: z.string(),
  status: z.looseObject({
    state: z.string(),
    error: z.looseObject({ error_code: z.string().nullish(), message: z.string().nullish() }).nullish(),
    sql_state: z.string().nullish(),
  }),
  manifest: z
    .looseObject({
      schema: z
        .looseObject({
          columns: z.array(z.looseObject({ name: z.string(), type_name: z.string() })).nullish(),
        })
        .nullish(),
      total_row_count: z.number().nullish(),
      total_chunk_count: z.number().nullish(),
      truncated: z.boolean().nullish(),
    })
    .nullish(),
  result: chunk.nullish(),
});

export type Chunk = z.infer<typeof chunk>;
export type Link = z.infer<typeof link>;
export type StatementAnswer = z.infer<typeof statement>;

const PLATFORM = "Databricks";

export const readStatement = (answer: unknown): StatementAnswer => read(statement, answer, "a statement");
export const readChunk = (answer: unknown): Chunk => read(chunk, answer, "a chunk of rows");
export const readCells = (answer: unknown): unknown[][] =>
  read(z.array(z.array(z.unknown())), answer, "rows behind a link");

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusableResult(PLATFORM, `An answer that is not ${what}: ${issue?.path.join(".") || "the whole"}.`);
}
