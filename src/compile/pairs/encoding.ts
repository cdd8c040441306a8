/** How values of each dimension are numbered, so that boxes are made of numbers and bits: exact for every constant that the conditions name. */
import type { ThingAttribute, Value } from '../../model/automation.ts'
import { decimalOf, digitsAt, type Decimal } from './decimal.ts'
import type { Dimension, Formula, Space } from './formula.ts'

/** A bound that is not reached lies one step beside it; so many steps make one unit. INVARIANT: more than any circle of differences has edges. */
export const STEPS = 1000

/** Numbers without a bound; what is no number at all stands below them, at -Infinity. */
export const MOST = Number.MAX_VALUE

/** Cells that fit into one word. */
export const BITS = 32

export type Encoding =
  /** One bit for each value; `rest`: the last cell stands for all others. */
  | { readonly is: 'cells'; readonly values: readonly Value[]; readonly rest: boolean; readonly words: number }
  /** Steps of a unit of 10^-places. */
  | { readonly is: 'steps'; readonly places: number; readonly low: number; readonly high: number }
  /** Constants too large or too fine to be told exactly: conditions on it are unknown. */
  | { readonly is: 'beyond' }

export interface Encoded {
  readonly dimensions: readonly Dimension[]
  readonly encodings: readonly Encoding[]
  /** By dimension: the same attribute is seen in another way, too, or whole and other numbers are compared. */
  readonly loose: readonly boolean[]
}

/** Steps of the largest bound, alone and where bounds are added up. */
const LARGEST = { alone: 2 ** 53, together: 2 ** 53 / 256 } as const

export const encodingOf = (space: Space, formulas: Iterable<Formula>): Encoded => {
  const { dimensions } = space
  const values = dimensions.map(() => new Map<string, Value>())
  const bounds = dimensions.map((): Decimal[] => [])
  const leader = dimensions.map((_, at) => at)
  const find = (at: number): number => (leader[at] === at ? at : (leader[at] = find(leader[at]!)))
  const related = dimensions.map(() => false)
  const walk = (formula: Formula): void => {
    if (formula.is === 'all' || formula.is === 'any') formula.of.forEach(walk)
    else if (formula.is === 'equal') values[formula.dimension]!.set(JSON.stringify(formula.value), formula.value)
    else if (formula.is === 'less') {
      const { x, y, bound } = formula
      for (const one of [x, y]) if (one >= 0) bounds[one]!.push(bound)
      if (x < 0 || y < 0) return
      related[x] = related[y] = true
      leader[find(x)] = find(y)
    }
  }
  for (const formula of formulas) walk(formula)
  const groups = new Map<number, number[]>()
  for (const at of dimensions.keys()) groups.set(find(at), [...(groups.get(find(at)) ?? []), at])
  const seen = new Map<string, number>()
  for (const { attribute } of dimensions) seen.set(attribute, (seen.get(attribute) ?? 0) + 1)
  const encodings: Encoding[] = []
  const loose = dimensions.map(({ attribute }) => seen.get(attribute)! > 1)
  for (const group of groups.values()) {
    const constants = group.flatMap((at) => [...bounds[at]!, ...ends(dimensions[at]!)])
    const places = Math.max(0, ...constants.map((bound) => bound.places))
    const largest = Math.max(0, ...constants.map((bound) => Math.abs(Number(digitsAt(bound, places)))))
    const together = group.some((at) => related[at])
    const mixed = together && new Set(group.map((at) => dimensions[at]!.integer)).size > 1
    const fits = (largest + 1) * STEPS < (together ? LARGEST.together : LARGEST.alone) && group.length * 2 < STEPS
    for (const at of group) {
      const dimension = dimensions[at]!
      if (mixed) loose[at] = true
      if (dimension.view === 'symbol') encodings[at] = cellsOf(space.attribute(dimension.attribute)!, [...values[at]!.values()])
      else if (!together && isSmall(dimension)) encodings[at] = smallCells(dimension)
      else encodings[at] = fits ? stepsOf(dimension, places) : { is: 'beyond' }
    }
  }
  return { dimensions, encodings, loose }
}

const ends = ({ low, high }: Dimension): readonly Decimal[] => [low, high].flatMap((end) => (end === undefined ? [] : [decimalOf(end)]))

const isSmall = ({ integer, nullable, low, high }: Dimension): boolean =>
  integer && !nullable && low !== undefined && high !== undefined && high >= low && high - low < BITS && Number.isInteger(low)

const smallCells = ({ low = 0, high = 0 }: Dimension): Encoding => ({
  is: 'cells',
  values: Array.from({ length: Math.floor(high) - low + 1 }, (_, at) => low + at),
  rest: false,
  words: 1,
})

const stepsOf = (dimension: Dimension, places: number): Encoding => {
  const { low, high } = dimension
  const end = (value: number): number => Number(digitsAt(decimalOf(value), places)) * STEPS
  return {
    ...{ is: 'steps', places },
    low: low === undefined ? (dimension.nullable ? -Infinity : -MOST) : end(low),
    high: high === undefined ? MOST : end(high),
  }
}

/** The values named, those of a type with few, and one cell for all others that the attribute can hold. */
const cellsOf = ({ type, initial = [], outside }: ThingAttribute, named: readonly Value[]): Encoding => {
  const typed = outside || initial.length === 0
  const listed: readonly Value[] = type.is === 'bool' ? [false, true] : type.is === 'enum' && !type.other ? type.values : []
  const open = typed && listed.length === 0
  const possible = (value: Value): boolean =>
    initial.includes(value) || (typed && (listed.includes(value) || (open && fits(type.is, value))))
  const whole = new Set<Value>([...(open ? [] : [...(typed ? listed : []), ...initial]), ...named])
  const values = [...whole].filter(possible)
  return { is: 'cells', values, rest: open, words: Math.max(1, Math.ceil((values.length + Number(open)) / BITS)) }
}

const fits = (type: ThingAttribute['type']['is'], value: Value): boolean =>
  type === 'any' || (type === 'number' ? typeof value === 'number' : typeof value === 'string')
