/** Seeded numbers in [0, 1): mulberry32, the same on every machine. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** An index below `count`, small ones far likelier: about 1/k. */
export function skewed(next: () => number, count: number): number {
  return Math.min(count - 1, Math.floor(Math.pow(count + 1, next())) - 1)
}
