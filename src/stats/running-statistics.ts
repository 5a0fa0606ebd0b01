/**
 * Mean and variance of values in [0, 1] so far, with one fake observation at the start (mean 1/2, variance 1/4):
 * mu_t = (1/2 + sum y) / (t + 1), v_t = (1/4 + sum (y_i - mu_i)^2) / (t + 1), each residual with the mean of its
 * own time, so both are one pass. Source: Waudby-Smith and Ramdas 2024 (arXiv 2010.09686), section 3.
 */
export class RunningStatistics {
  #count = 0;
  #sum = 0.5;
  #squares = 0.25;

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#sum / (this.#count + 1);
  }

  get variance(): number {
    return this.#squares / (this.#count + 1);
  }

  push(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#squares += (value - this.mean) ** 2;
  }
}
