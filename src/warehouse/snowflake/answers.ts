import { z } from "zod";
import { unusableResult } from "../failures.js";

/**
 * The shapes of the SQL REST API that are read here: a result set (200), a statement under way (202), a failure (408,
 * 422). Source: docs.snowflake.com/developer-guide/sql-api/reference, looked up 2026-11.
 */
const resultSet = z.looseObject({
  statementHandle: z.string(),
  resultSetMetaData: z.looseObject({
    numRows: z.number().nullish(),
    rowType: z.array(z.looseObject({ name: z.string(), type: z.string(), scale: z.number().nullish() })),
    partitionInfo: z.array(z.looseObject({ rowCount: z.number().nullish() })).nullish(),
  }),
  data: z.array(z.array(z.unknown())),
});

const underWay = z.looseObject({ statementHandle: z.string() });

// Later partitions come without the description of their columns.
const partition = z.looseObject({ data: z.array(z.array(z.unknown())) });

const failure = z.looseObject({
  code: z.string().nullish(),
  sqlState: z.string().nullish(),
  message: z.string().nullish(),
});

export type ResultSet = z.infer<typeof resultSet>;

export const readResultSet = (answer: unknown): ResultSet => read(resultSet, answer, "a result set");
export const readHandle = (answer: unknown): string => read(underWay, answer, "a statement").statementHandle;
export const readPartition = (answer: unknown): unknown[][] => read(partition, answer, "a partition").data;
export const readFailure = (answer: unknown): z.infer<typeof failure> => read(failure, answer, "a failure");

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusableResult(
    "Snowflake",
    `An answer that is not ${what}: ${issue?.path.join(".") || "the whole"}.`,
  );
}
