/**
 * Whether two runs differ by more than noise.
 *
 * Each run is cut into parts of equal length, and the i-th parts of both are compared, so that a planned change of load (a ramp, a spike)
 * cancels out. The test is Student's t for the logarithms of the ratios, with fewer degrees of freedom when neighbouring parts resemble each
 * other. When many values are tested, Holm's method keeps the probability of any false alarm below {@link ALARM_RATE}.
 *
 * Source  Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statistics 6, 1979
 */

/** Users are told 5 %. The approximation makes false alarms a little more frequent than the rate that is set here. */
const ALARM_RATE = 0.03
/** With fewer parts nothing can be said. */
const FEWEST_PARTS = 5

/** The probability of differences like these, or larger ones, when there is none; undefined when there is too little to say. */
export function pairedTest(a: readonly number[], b: readonly number[]): number | undefined {
  const differences = a.flatMap((value, i) => difference(value, b[i] as number))
  const count = differences.length
  if (count < FEWEST_PARTS) return undefined
  const mean = differences.reduce((sum, value) => sum + value, 0) / count
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  if (variance === 0) return mean === 0 ? 1 : 0
  const effective = effectiveCount(differences, mean, variance)
  const t = Math.abs(mean) / Math.sqrt(variance / effective)
  return twoSidedT(t, effective - 1)
}

/** Says which of several tests are alarms, given the probability of each. */
export function alarms(probabilities: readonly (number | undefined)[], rate = ALARM_RATE): boolean[] {
  const tested = probabilities.flatMap((p, i) => (p === undefined ? [] : [{ p, i }])).sort((x, y) => x.p - y.p)
  const result = probabilities.map(() => false)
  for (const [rank, { p, i }] of tested.entries()) {
    if (p > rate / (tested.length - rank)) break
    result[i] = true
  }
  return result
}

/** The logarithm of the ratio of two values, in a list; an empty list when they have no ratio. */
function difference(a: number, b: number): number[] {
  return a > 0 && b > 0 && Number.isFinite(a) && Number.isFinite(b) ? [Math.log(b / a)] : []
}

/** The number of independent parts. Parts that resemble their neighbours count less. */
function effectiveCount(values: readonly number[], mean: number, variance: number): number {
  let covariance = 0
  for (let i = 1; i < values.length; i++)
    covariance += ((values[i] as number) - mean) * ((values[i - 1] as number) - mean)
  // An estimate from few parts is often too low, so one standard error is added.
  const estimated = covariance / ((values.length - 1) * variance) + 1 / Math.sqrt(values.length)
  const correlation = Math.min(0.9, Math.max(0, estimated))
  return Math.max(2, (values.length * (1 - correlation)) / (1 + correlation))
}

function twoSidedT(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
}

/** The regularised incomplete beta function, by its continued fraction (Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  let [fraction, c, d] = [1, 1, 0]
  for (let i = 0; i <= 300; i++) {
    const m = i >> 1
    const numerator =
      i === 0
        ? 1
        : i % 2 === 0
          ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
          : -((a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / notZero(1 + numerator * d)
    c = notZero(1 + numerator / c)
    const step = c * d
    fraction *= step
    if (Math.abs(1 - step) < 1e-12) break
  }
  return front * (fraction - 1)
}

function notZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value
}

/** The logarithm of the gamma function, by Lanczos' approximation with g = 7. */
function logGamma(z: number): number {
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ]
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z)
  let sum = coefficients[0] as number
  for (let i = 1; i < coefficients.length; i++) sum += (coefficients[i] as number) / (z - 1 + i)
  const t = z + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (z - 0.5) * Math.log(t) - t + Math.log(sum)
}
