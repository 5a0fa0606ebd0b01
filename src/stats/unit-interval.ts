/** A score difference in [-1, 1] as a value in [0, 1]; means map alike, variances are divided by 4. */
export const toUnit = (difference: number): number => (difference + 1) / 2;

/** The way back: a bound for the mean of [0, 1] values as a bound for the mean difference. */
export const fromUnit = (value: number): number => 2 * value - 1;
