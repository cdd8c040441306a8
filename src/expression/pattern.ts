/**
 * Regular expressions in time linear in the text, whatever the pattern: a set of states is moved along the text, as RE2 does (Thompson, 1968).
 * Known: characters, `.`, `[...]` with ranges and negation, `\d \w \s \D \W \S \t \n \r` and escaped punctuation, groups, `|`, `* + ?`, `{n}`, `{n,}`, `{n,m}`,
 * `^` and `$` (of the whole text). Not known, as in RE2: looking around and back-references; further flags and lazy forms.
 */

export const LONGEST_PATTERN = 200
const MOST_STATES = 5_000
const MOST_REPETITIONS = 100
const DEEPEST = 50

/** Code points, in ascending ranges that do not touch. */
export type Ranges = readonly (readonly [low: number, high: number])[]
export type PatternState =
  | { readonly is: 'test'; readonly test: Ranges; readonly next: number }
  | { readonly is: 'fork'; readonly next: readonly number[] }
  | { readonly is: 'start' | 'end'; readonly next: number }
  | { readonly is: 'accept' }

export interface Pattern {
  readonly states: readonly PatternState[]
  readonly entry: number
}

type Part =
  | { readonly is: 'test'; readonly test: Ranges }
  | { readonly is: 'start' | 'end' }
  | { readonly is: 'sequence'; readonly parts: readonly Part[] }
  | { readonly is: 'choice'; readonly parts: readonly Part[] }
  | { readonly is: 'repeat'; readonly part: Part; readonly low: number; readonly high: number }

/** Returns the pattern, or in words what is wrong with it. */
export function readPattern(source: string): Pattern | { readonly wrong: string } {
  if (source.length > LONGEST_PATTERN) return { wrong: `the pattern has ${source.length} characters, ${LONGEST_PATTERN} are allowed` }
  const characters = Array.from(source)
  let at = 0
  let depth = 0
  try {
    const part = choice()
    if (at < characters.length) fail('`)` without `(`')
    const states: PatternState[] = [{ is: 'accept' }]
    return { entry: compile(part, 0, states), states }
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error.message }
    throw error
  }

  function choice(): Part {
    if (++depth > DEEPEST) fail(`groups are nested more than ${DEEPEST} deep`)
    const parts = [sequence()]
    while (characters[at] === '|') {
      at++
      parts.push(sequence())
    }
    depth--
    return parts.length === 1 ? parts[0]! : { is: 'choice', parts }
  }

  function sequence(): Part {
    const parts: Part[] = []
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')') parts.push(repeated())
    return { is: 'sequence', parts }
  }

  function repeated(): Part {
    const part = atom()
    const bounds = quantifier()
    if (bounds === undefined) return part
    if (part.is === 'start' || part.is === 'end') fail('`^` and `$` cannot be repeated')
    if (characters[at] === '?') fail('lazy quantifiers change nothing here, and are not known')
    if (characters[at] === '*' || characters[at] === '+' || characters[at] === '{') fail('a quantifier follows a quantifier')
    return { is: 'repeat', part, low: bounds[0], high: bounds[1] }
  }

  function quantifier(): readonly [number, number] | undefined {
    switch (characters[at]) {
      case '*':
        at++
        return [0, Infinity]
      case '+':
        at++
        return [1, Infinity]
      case '?':
        at++
        return [0, 1]
      case '{': {
        const written = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(characters.slice(at, at + 12).join(''))
        if (written === null) return fail('`{` is not a quantifier here; as a character it is `\\{`')
        at += written[0].length
        const low = Number(written[1])
        const high = written[2] === undefined ? low : written[3] === '' ? Infinity : Number(written[3])
        if (low > MOST_REPETITIONS || (high !== Infinity && high > MOST_REPETITIONS)) fail(`more than ${MOST_REPETITIONS} repetitions`)
        if (high < low) fail(`\`${written[0]}\` allows nothing`)
        return [low, high]
      }
      default:
        return undefined
    }
  }

  function atom(): Part {
    const c = characters[at++]!
    switch (c) {
      case '(': {
        if (characters[at] === '?') {
          if (characters[at + 1] !== ':') fail('`(?` is known as `(?:` only')
          at += 2
        }
        const inner = choice()
        if (characters[at] !== ')') fail('`)` is missing')
        at++
        return inner
      }
      case '[':
        return { is: 'test', test: set() }
      case '.':
        return { is: 'test', test: no(equals(10)) }
      case '^':
        return { is: 'start' }
      case '$':
        return { is: 'end' }
      case '\\':
        return { is: 'test', test: escape() }
      case '*':
      case '+':
      case '?':
      case '{':
        return fail(`\`${c}\` has nothing to repeat`)
      default:
        return { is: 'test', test: equals(c.codePointAt(0)!) }
    }
  }

  function escape(): Ranges {
    const c = characters[at++]
    if (c === undefined) return fail('the pattern ends with `\\`')
    const known = CLASSES[c]
    if (known !== undefined) return known
    const control = CONTROLS[c]
    if (control !== undefined) return equals(control)
    if (/[A-Za-z0-9]/.test(c)) return fail(`\`\\${c}\` is not known`)
    return equals(c.codePointAt(0)!)
  }

  function set(): Ranges {
    const negated = characters[at] === '^'
    if (negated) at++
    const found: (readonly [number, number])[] = []
    for (let first = true; first || characters[at] !== ']'; first = false) {
      const c = characters[at++]
      if (c === undefined) fail('`]` is missing')
      else if (c === '[' && characters[at] === ':') fail('`[:` classes are not known')
      else if (c === '\\' && CLASSES[characters[at] ?? ''] !== undefined) found.push(...escape())
      else {
        const low = member(c)
        if (characters[at] === '-' && characters[at + 1] !== undefined && characters[at + 1] !== ']') {
          at++
          const high = member(characters[at++]!)
          if (high < low) fail('a range of characters runs backwards')
          found.push([low, high])
        } else found.push([low, low])
      }
    }
    at++
    return negated ? no(united(found)) : united(found)
  }

  function member(c: string): number {
    if (c !== '\\') return c.codePointAt(0)!
    const escaped = characters[at++]
    if (escaped === undefined) return fail('`]` is missing')
    const control = CONTROLS[escaped]
    if (control === undefined && /[A-Za-z0-9]/.test(escaped)) return fail(`\`\\${escaped}\` is not known here`)
    return control ?? escaped.codePointAt(0)!
  }
}

/** The pattern that fits texts which contain the text; at the start, at the end, or which are it. */
export function literalPattern(text: string, atStart: boolean, atEnd: boolean): Pattern {
  const states: PatternState[] = [{ is: 'accept' }]
  let next = 0
  const add = (state: PatternState): void => void (next = states.push(state) - 1)
  if (atEnd) add({ is: 'end', next })
  for (const c of Array.from(text).reverse()) add({ is: 'test', test: equals(c.codePointAt(0)!), next })
  if (atStart) add({ is: 'start', next })
  return { states, entry: next }
}

/** Whether a part of `text` fits. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const { states, entry } = pattern
  // A state is in the set of position p if `seen` holds p + 1 for it.
  const seen = new Int32Array(states.length)
  let current: number[] = []
  let following: number[] = []
  let position = 0
  const enter = (first: number, into: number[], atEnd: boolean): boolean => {
    const open = [first]
    for (let s = open.pop(); s !== undefined; s = open.pop()) {
      if (seen[s] === position + 1) continue
      seen[s] = position + 1
      const state = states[s]!
      switch (state.is) {
        case 'accept':
          return true
        case 'fork':
          open.push(...state.next)
          break
        case 'start':
          if (position === 0) open.push(state.next)
          break
        case 'end':
          if (atEnd) open.push(state.next)
          break
        case 'test':
          into.push(s)
      }
    }
    return false
  }
  const codes = Array.from(text, (c) => c.codePointAt(0)!)
  if (enter(entry, current, codes.length === 0)) return true
  for (const code of codes) {
    position++
    const atEnd = position === codes.length
    following = []
    for (const s of current) {
      const state = states[s]!
      if (state.is === 'test' && holds(state.test, code) && enter(state.next, following, atEnd)) return true
    }
    // A match may begin at every position.
    if (enter(entry, following, atEnd)) return true
    current = following
  }
  return false
}

class Wrong extends Error {}

function fail(message: string): never {
  throw new Wrong(message)
}

const LAST_CODE = 0x10ffff

const equals = (wanted: number): Ranges => [[wanted, wanted]]

/** Whether the code point is in one of the ranges. */
export function holds(ranges: Ranges, code: number): boolean {
  for (const [low, high] of ranges) if (code <= high) return code >= low
  return false
}

function united(ranges: Ranges): Ranges {
  const found: [number, number][] = []
  for (const [low, high] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = found.at(-1)
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high)
    else found.push([low, high])
  }
  return found
}

function no(ranges: Ranges): Ranges {
  const found: [number, number][] = []
  let from = 0
  for (const [low, high] of ranges) {
    if (low > from) found.push([from, low - 1])
    from = high + 1
  }
  if (from <= LAST_CODE) found.push([from, LAST_CODE])
  return found
}

const digit: Ranges = [[48, 57]]
const word: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const space: Ranges = [
  [9, 10],
  [12, 13],
  [32, 32],
]
const CLASSES: Readonly<Record<string, Ranges>> = { d: digit, w: word, s: space, D: no(digit), W: no(word), S: no(space) }
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13 }

/** Adds the states of `part` that continue at `next`, and returns their entry. */
function compile(part: Part, next: number, states: PatternState[]): number {
  const add = (state: PatternState): number => {
    if (states.length >= MOST_STATES) fail('the pattern is too large, with its repetitions written out')
    return states.push(state) - 1
  }
  switch (part.is) {
    case 'test':
      return add({ is: 'test', test: part.test, next })
    case 'start':
    case 'end':
      return add({ is: part.is, next })
    case 'sequence':
      return part.parts.reduceRight((then, p) => compile(p, then, states), next)
    case 'choice':
      return add({ is: 'fork', next: part.parts.map((p) => compile(p, next, states)) })
    case 'repeat': {
      let then = next
      if (part.high === Infinity) {
        const ways: number[] = [next]
        then = add({ is: 'fork', next: ways })
        ways.push(compile(part.part, then, states))
      } else {
        for (let i = part.low; i < part.high; i++) then = add({ is: 'fork', next: [next, compile(part.part, then, states)] })
      }
      for (let i = 0; i < part.low; i++) then = compile(part.part, then, states)
      return then
    }
  }
}
