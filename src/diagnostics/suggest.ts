/** "Did you mean": the candidate nearest to a name that nothing carries. */
import { distance as levenshtein } from 'fastest-levenshtein'

const LONGEST = 200

/** Returns the nearest of `candidates` within a third of the name's length (at least 1, at most 4 edits; two neighbours swapped are one, letter case is free), or undefined. Ties: first in sorted order. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > LONGEST) return undefined
  const lower = name.toLowerCase()
  const limit = Math.min(4, Math.max(1, Math.floor(name.length / 3)))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue
    const d = distance(lower, candidate.toLowerCase())
    if (d < bestDistance || (d === bestDistance && best !== undefined && candidate < best)) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}

/** Levenshtein's distance, but 1 where two neighbours are swapped. */
function distance(a: string, b: string): number {
  if (a.length === b.length && a !== b) {
    let i = 0
    while (a[i] === b[i]) i++
    if (a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2)) return 1
  }
  return levenshtein(a, b)
}

/** `{hint: 'maybe `x`?'}` for the nearest candidate, or `{}`: to be spread into a diagnostic. */
export function maybe(name: string, candidates: Iterable<string>): { readonly hint?: string } {
  const found = suggest(name, candidates)
  return found === undefined ? {} : { hint: `maybe \`${found}\`?` }
}
