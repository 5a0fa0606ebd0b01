/** Hours of a day that need the same number of replicas; `from` and `to` are whole hours UTC, `to` not included. */
export interface Block {
  readonly from: number;
  readonly to: number;
  readonly replicas: number;
}

/** The hours above the least, as blocks: where the day's end and beginning need the same, two blocks. */
export function blocksOf(byHour: readonly number[], least: number): Block[] {
  const blocks: Block[] = [];
  byHour.forEach((replicas, hour) => {
    const last = blocks.at(-1);
    if (last !== undefined && last.to === hour && last.replicas === replicas)
      blocks[blocks.length - 1] = { ...last, to: hour + 1 };
    else blocks.push({ from: hour, to: hour + 1, replicas });
  });
  return blocks.filter(({ replicas }) => replicas > least);
}

const MINUTES_A_DAY = 1_440;

/** `minute hour * * *` of an hour, some minutes ahead. */
export function cronOf(hour: number, aheadMinutes = 0): string {
  const minute = (hour * 60 - aheadMinutes + MINUTES_A_DAY) % MINUTES_A_DAY;
  return `${minute % 60} ${Math.floor(minute / 60)} * * *`;
}
