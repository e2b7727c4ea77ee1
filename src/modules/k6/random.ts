/**
 * `randomSeed(n)`: makes `Math.random` of one VU repeatable.
 *
 * Source  mulberry32, a public-domain generator with 32 bits of state: enough to repeat a test, not for cryptography
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
