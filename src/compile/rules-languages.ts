/** Texts that tell apart everything that is asked of a text: the tests of a name as automata, run side by side over all texts at once. */
import { holds, literalPattern, readPattern, type Pattern } from '../expression/pattern.ts'
import type { Draft } from './rules-formula.ts'

export interface Budget {
  /** Kinds of texts, and states of all automata together, that are told apart at most. */
  readonly texts: number
  readonly states: number
  /** Steps of single automata, about 50 million in a second. */
  readonly steps: number
}

/** What one text is in all automata: where each may go on, which fit whatever follows, which fit if the text ends here. */
interface Standing {
  readonly at: Int32Array
  readonly text: string
  readonly fits: readonly number[]
  readonly fitsHere: readonly number[]
}

/**
 * For every set of tests that some text passes while it fails all others, a shortest such text; undefined where that takes more than the budget.
 * INVARIANT: two texts of one standing pass the same tests whatever follows, so that walking each standing once over each sort of character finds every set.
 */
export function tellingTexts(
  draft: Pick<Draft, 'texts' | 'prefixes' | 'suffixes' | 'parts' | 'patterns'>,
  budget: Budget,
): readonly string[] | undefined {
  const patterns = patternsOf(draft)
  if (patterns === undefined) return undefined
  const machine = machineOf(patterns)
  const found = new Map<string, string>()
  const known = new Set<string>()
  const open: Standing[] = []
  let steps = 0
  const enter = (standing: Standing): boolean => {
    const fitting = [...standing.fits, ...standing.fitsHere].sort((a, b) => a - b).join()
    const key = `${standing.at.join()}|${standing.fits.join()}|${standing.fitsHere.join()}`
    if (known.has(key)) return true
    known.add(key)
    if (!found.has(fitting)) found.set(fitting, standing.text)
    open.push(standing)
    return known.size <= budget.states && found.size <= budget.texts
  }
  if (!enter(machine.begin)) return undefined
  for (let index = 0; index < open.length; index++) {
    const standing = open[index]!
    for (let sort = 0; sort < machine.sorts; sort++) {
      steps += standing.at.length + patterns.length
      if (steps > budget.steps || !enter(machine.step(standing, sort))) return undefined
    }
  }
  return [...found.values()].sort()
}

function patternsOf({ texts, prefixes, suffixes, parts, patterns }: Parameters<typeof tellingTexts>[0]): readonly Pattern[] | undefined {
  const written = [...texts, ...prefixes, ...suffixes, ...parts]
  // Half a character cannot be parted from the other half that may stand beside it.
  if (written.some((text) => /\p{Surrogate}/u.test(text))) return undefined
  const read = [...patterns].sort().map(readPattern)
  if (read.some((one) => 'wrong' in one)) return undefined
  const literal = (all: ReadonlySet<string>, atStart: boolean, atEnd: boolean): readonly Pattern[] =>
    [...all].sort().map((text) => literalPattern(text, atStart, atEnd))
  return [
    ...literal(texts, true, true),
    ...literal(prefixes, true, false),
    ...literal(suffixes, false, true),
    ...literal(parts, false, false),
    ...(read as readonly Pattern[]),
  ]
}

interface Machine {
  /** Sorts of characters that no test tells apart. */
  readonly sorts: number
  readonly begin: Standing
  readonly step: (from: Standing, sort: number) => Standing
}

/** Where a state leads without a character: to tests, to fitting, or to fitting at the end. */
interface Reach {
  readonly tests: readonly number[]
  readonly fits: boolean
  readonly fitsHere: boolean
}

function machineOf(patterns: readonly Pattern[]): Machine {
  const starts: number[] = []
  let total = 0
  for (const { states } of patterns) {
    starts.push(total)
    total += states.length
  }
  const owner = new Int32Array(total)
  const after: (Reach | undefined)[] = Array.from({ length: total })
  patterns.forEach((pattern, at) => pattern.states.forEach((_, state) => void (owner[starts[at]! + state] = at)))
  const characters = sortsOf(patterns)
  const passes = characters.map((code) => {
    const bits = new Uint8Array(total)
    patterns.forEach(({ states }, at) =>
      states.forEach((state, index) => {
        if (state.is === 'test' && holds(state.test, code)) bits[starts[at]! + index] = 1
      }),
    )
    return bits
  })
  const follow = (state: number): Reach => {
    const at = owner[state]!
    const { next } = patterns[at]!.states[state - starts[at]!] as { readonly next: number }
    return (after[state] ??= reach(patterns[at]!, next, starts[at]!, false))
  }
  // A match may begin at every position.
  const again = patterns.map((pattern, at) => reach(pattern, pattern.entry, starts[at]!, false))
  const gathered = (text: string, fits: readonly number[], reaches: readonly (readonly [number, Reach])[]): Standing => {
    const fitting = new Set(fits)
    for (const [at, { fits: whole }] of reaches) if (whole) fitting.add(at)
    const here = new Set<number>()
    const tests = new Set<number>()
    for (const [at, one] of reaches) {
      if (fitting.has(at)) continue
      if (one.fitsHere) here.add(at)
      for (const test of one.tests) tests.add(test)
    }
    return { at: Int32Array.from(tests).sort(), text, fits: sorted(fitting), fitsHere: sorted(here) }
  }
  return {
    sorts: characters.length,
    begin: gathered(
      '',
      [],
      patterns.map((pattern, at) => [at, reach(pattern, pattern.entry, starts[at]!, true)] as const),
    ),
    step(from, sort) {
      const reaches: (readonly [number, Reach])[] = []
      for (const state of from.at) if (passes[sort]![state] === 1) reaches.push([owner[state]!, follow(state)])
      again.forEach((one, at) => {
        if (one.tests.length > 0 || one.fits || one.fitsHere) reaches.push([at, one])
      })
      return gathered(from.text + String.fromCodePoint(characters[sort]!), from.fits, reaches)
    },
  }
}

const sorted = (numbers: ReadonlySet<number>): readonly number[] => [...numbers].sort((a, b) => a - b)

function reach({ states }: Pattern, first: number, start: number, atStart: boolean): Reach {
  const tests: number[] = []
  let fits = false
  let fitsHere = false
  const seen = new Set<number>()
  const open: [state: number, ended: boolean][] = [[first, false]]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const [index, ended] = one
    const key = index * 2 + (ended ? 1 : 0)
    if (seen.has(key)) continue
    seen.add(key)
    const state = states[index]!
    switch (state.is) {
      case 'accept':
        if (ended) fitsHere = true
        else fits = true
        break
      case 'fork':
        for (const next of state.next) open.push([next, ended])
        break
      case 'start':
        if (atStart) open.push([state.next, ended])
        break
      case 'end':
        open.push([state.next, true])
        break
      case 'test':
        if (!ended) tests.push(start + index)
    }
  }
  return { tests, fits, fitsHere }
}

const LIKED: readonly (readonly [number, number])[] = [
  [97, 122],
  [48, 57],
  [65, 90],
  [33, 126],
  [32, 32],
  [0xa1, 0xd7ff],
  [0xe000, 0xfffd],
]

/** One character of every sort that the tests tell apart, rather a letter than another. */
function sortsOf(patterns: readonly Pattern[]): readonly number[] {
  const cuts = new Set([0])
  const all = new Map<string, readonly (readonly [number, number])[]>()
  for (const { states } of patterns)
    for (const state of states) {
      if (state.is !== 'test') continue
      all.set(JSON.stringify(state.test), state.test)
      for (const [low, high] of state.test) cuts.add(low).add(high + 1)
    }
  for (const [low, high] of LIKED) cuts.add(low).add(high + 1)
  const tests = [...all.values()]
  const liked = (code: number): number => {
    const at = LIKED.findIndex(([low, high]) => code >= low && code <= high)
    return at < 0 ? LIKED.length : at
  }
  const found = new Map<string, number>()
  for (const code of [...cuts].sort((a, b) => liked(a) - liked(b) || a - b)) {
    if (code > 0x10ffff) continue
    const key = tests.map((test) => (holds(test, code) ? '1' : '0')).join('')
    if (!found.has(key)) found.set(key, code)
  }
  return [...found.values()]
}
