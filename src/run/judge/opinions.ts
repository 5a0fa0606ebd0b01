import { z } from "zod";
import { parseJson } from "../graders/json-text.js";

const scoresSchema = z.looseObject({ scores: z.array(z.number()) });
const winnerSchema = z.looseObject({ winner: z.string() });

/** Share of the points that a judge gave; null where its reply cannot be read. */
export function readRubric(
  reply: string,
  { criteria, points }: { readonly criteria: readonly string[]; readonly points: number },
): number | null {
  const said = scoresSchema.safeParse(lastObject(reply));
  if (!said.success) return null;
  const { scores } = said.data;
  if (scores.length !== criteria.length || scores.some((score) => !(score >= 0 && score <= points)))
    return null;
  return scores.reduce((sum, score) => sum + score, 0) / (points * criteria.length);
}

/** 1 where the answer shown first won, -1 where the second did, 0 for a tie; null where the reply cannot be read. */
export function readPairwise(reply: string): -1 | 0 | 1 | null {
  const said = winnerSchema.safeParse(lastObject(reply));
  if (!said.success) return null;
  switch (said.data.winner.trim().toLowerCase()) {
    case "a":
      return 1;
    case "b":
      return -1;
    case "tie":
      return 0;
    default:
      return null;
  }
}

/** Models that think aloud put their verdict last, often in a code fence. */
function lastObject(reply: string): unknown {
  const end = reply.lastIndexOf("}");
  for (let start = reply.lastIndexOf("{", end); start >= 0; start = reply.lastIndexOf("{", start - 1)) {
    const value = parseJson(reply.slice(start, end + 1));
    if (value !== undefined) return value;
    if (start === 0) break;
  }
  return undefined;
}

/** Median of the opinions that could be read; null without any. Of an even number the two middle ones are averaged. */
export function median(opinions: readonly (number | null)[]): number | null {
  const read = opinions.filter((opinion) => opinion !== null).sort((a, b) => a - b);
  if (read.length === 0) return null;
  const middle = (read.length - 1) / 2;
  return (read[Math.floor(middle)]! + read[Math.ceil(middle)]!) / 2;
}
