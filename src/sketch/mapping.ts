/**
 * Which bucket a positive number belongs to: the exponent and the first seven bits of the significand of its IEEE 754 form.
 * That is one store, one load and one shift. A logarithm would cost more than the whole rest of a sketch.
 *
 * Shape   bucket (e + 1023) · 128 + m holds [2^e · (1 + m/128), 2^e · (1 + (m + 1)/128)); bounds grow by at most γ = 1 + 1/128
 * Errors  the representative is within (γ − 1)/(γ + 1) = 0.39 % of every value in its bucket
 * Source  the linearly interpolated mapping of Masson, Rim, Lee, "DDSketch", PVLDB 12(12), 2019
 */

/** Buckets of one power of two. */
export const BUCKETS_PER_OCTAVE = 128

/** The smallest number that has a bucket; below it doubles lose their precision. */
export const SMALLEST = 2 ** -1022

/** The bucket of the largest finite number. */
export const LAST_BUCKET = 2047 * BUCKETS_PER_OCTAVE - 1

/** The largest possible relative error of {@link representative}. */
export const RELATIVE_ERROR = 1 / (2 * BUCKETS_PER_OCTAVE + 1)

const SIGNIFICAND_BITS_DROPPED = 13
const EXPONENT_BIAS = 1023

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)
const HIGH_WORD = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0

/** Hot. The bucket of a finite number that is at least {@link SMALLEST}. */
export function bucketOf(value: number): number {
  float[0] = value
  return (words[HIGH_WORD] as number) >>> SIGNIFICAND_BITS_DROPPED
}

/** The smallest value of a bucket. */
export function lowerBound(bucket: number): number {
  const exponent = Math.floor(bucket / BUCKETS_PER_OCTAVE) - EXPONENT_BIAS
  return (1 + (bucket % BUCKETS_PER_OCTAVE) / BUCKETS_PER_OCTAVE) * 2 ** exponent
}

/** The value that stands for a bucket: the harmonic mean of its bounds, equally wrong (relatively) at both. */
export function representative(bucket: number): number {
  const exponent = Math.floor(bucket / BUCKETS_PER_OCTAVE) - EXPONENT_BIAS
  const low = BUCKETS_PER_OCTAVE + (bucket % BUCKETS_PER_OCTAVE)
  return ((2 * low * (low + 1)) / (2 * low + 1)) * 2 ** (exponent - Math.log2(BUCKETS_PER_OCTAVE))
}
