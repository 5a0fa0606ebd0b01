/** One recorded score. */
export interface ScoreLine {
  readonly sample_id: string;
  readonly intent: string;
  readonly model: string;
  readonly score: number;
}

/**
 * `samples` samples of two intents in turn, answered by three models: `big` is right nine times in ten, `same` always
 * when `big` is, and `worse` fails four more in ten.
 */
export function recordedScores(samples: number): ScoreLine[] {
  const models = [
    { model: "big", isRight: (index: number) => index % 10 > 0 },
    { model: "same", isRight: (index: number) => index % 10 > 0 },
    { model: "worse", isRight: (index: number) => index % 10 > 4 },
  ];
  return Array.from({ length: samples }, (_, index) =>
    models.map(({ model, isRight }) => ({
      sample_id: `s${index}`,
      // Blocks of ten keep the share of right answers equal in both intents.
      intent: Math.floor(index / 10) % 2 === 0 ? "ask" : "sum-up",
      model,
      score: isRight(index) ? 1 : 0,
    })),
  ).flat();
}
