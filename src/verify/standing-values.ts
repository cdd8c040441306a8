/** What attributes hold, as few changes over values that many states share: a reaction changes some of thousands. */
import type { Datum } from './values.ts'

/** A map in the order of the shared one, which it never changes. */
export interface StandingValues extends ReadonlyMap<string, Datum> {
  readonly shared: ReadonlyMap<string, Datum>
  readonly changed: ReadonlyMap<string, Datum>
}

/** INVARIANT: once it is handed on as a state's values nobody changes it any more. */
export interface ChangingValues extends StandingValues {
  readonly set: (attribute: string, value: Datum) => void
}

/** Changes beyond which a copy of all is the cheaper map to read. */
const MANY = 256

/** The same values, to be changed apart from these. */
export const changing = (values: ReadonlyMap<string, Datum>): ChangingValues => {
  if (!('shared' in values)) return over(values, new Map())
  const { shared, changed } = values as StandingValues
  return changed.size > MANY ? over(new Map(values), new Map()) : over(shared, new Map(changed))
}

const over = (shared: ReadonlyMap<string, Datum>, changed: Map<string, Datum>): ChangingValues => {
  const get = (attribute: string): Datum | undefined => {
    const value = changed.get(attribute)
    return value === undefined ? shared.get(attribute) : value
  }
  const has = (attribute: string): boolean => changed.has(attribute) || shared.has(attribute)
  function* keys(): MapIterator<string> {
    yield* shared.keys()
    for (const attribute of changed.keys()) if (!shared.has(attribute)) yield attribute
  }
  function* entries(): MapIterator<[string, Datum]> {
    for (const attribute of keys()) yield [attribute, get(attribute)!]
  }
  function* values(): MapIterator<Datum> {
    for (const attribute of keys()) yield get(attribute)!
  }
  const made: ChangingValues = {
    shared,
    changed,
    get,
    has,
    keys,
    entries,
    values,
    [Symbol.iterator]: entries,
    forEach: (told) => {
      for (const [attribute, value] of entries()) told(value, attribute, made)
    },
    get size() {
      let size = shared.size
      for (const attribute of changed.keys()) if (!shared.has(attribute)) size++
      return size
    },
    set: (attribute, value) => void changed.set(attribute, value),
  }
  return made
}

/** Attributes that may hold something else in the one than in the other; undefined: any. */
export const changedIn = (one: ReadonlyMap<string, Datum>, other: ReadonlyMap<string, Datum>): ReadonlySet<string> | undefined => {
  if (!('shared' in one) || !('shared' in other)) return undefined
  const [a, b] = [one as StandingValues, other as StandingValues]
  return a.shared === b.shared ? new Set([...a.changed.keys(), ...b.changed.keys()]) : undefined
}
