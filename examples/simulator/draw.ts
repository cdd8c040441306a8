// Random numbers that depend on what they are drawn for alone, so that a fleet behaves the same in whatever order messages come.

/** In [0, 1), the same for the same seed, device, execution and purpose. */
export function draw(seed: number, device: number, execution: number, purpose: string): number {
  let hash = (seed ^ 0x9e3779b9) >>> 0
  for (let at = 0; at < purpose.length; at++) hash = Math.imul(hash ^ purpose.charCodeAt(at), 0x01000193) >>> 0
  for (const part of [device, execution]) {
    hash = Math.imul(hash ^ part, 0x85ebca6b) >>> 0
    hash = (hash ^ (hash >>> 13)) >>> 0
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35) >>> 0
  return ((hash ^ (hash >>> 15)) >>> 0) / 4294967296
}

/** Milliseconds around `median`: half of them below it, few of them many times larger. */
export function drawDuration(median: number, at: number): number {
  // A log-logistic: the quantile function is closed, and its tail is as heavy as those of real links.
  const clipped = Math.min(0.995, Math.max(0.005, at))
  return median * Math.pow(clipped / (1 - clipped), 0.4)
}
