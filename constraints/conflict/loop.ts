/**
 * K13: after one outside event the automations never come to rest. Subjects are the rings of rules that can start each other by commands, calls and events: without a
 * ring no reaction is endless. Of a ring of more rules than `WHOLE` the short rings inside it are looked at. On terms a reaction is endless where a rule leads to its
 * own start again; the replay decides by meeting a moment that it met before (a lasso), which a longer reaction that ends never does.
 */
import { and, any, FALSE } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'
import { causesIn, declaredSuccessors } from './causes.ts'

/** Rules of a ring that is looked at as a whole. */
const WHOLE = 4
/** Rules of the rings looked for inside a larger one, and how many such rings. */
const SHORT = 3
const MANY = 40

/** Who can start whom within a reaction. */
const startsIn = (structure: ConflictStructure): ReadonlyMap<string, readonly string[]> => {
  const causes = causesIn(structure)
  return new Map(
    structure.rules
      .filter(({ live }) => live)
      .map((rule) => {
        const id = rule.automation.id
        const next = new Set([...(causes.get(id) ?? []).map(({ to }) => to), ...declaredSuccessors(structure, rule)])
        return [id, [...next].filter((to) => structure.rule.get(to)?.live === true)] as const
      }),
  )
}

const reachedFrom = (starts: ReadonlyMap<string, readonly string[]>, id: string): ReadonlySet<string> => {
  const reached = new Set<string>()
  const open = [...(starts.get(id) ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    open.push(...(starts.get(next) ?? []))
  }
  return reached
}

/** Sets of rules of which each can lead to each other and to itself, rules in the order of the list. */
const ringsOf = (starts: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] => {
  const reached = new Map([...starts.keys()].map((id) => [id, reachedFrom(starts, id)]))
  const placed = new Set<string>()
  return [...starts.keys()].flatMap((id): readonly (readonly string[])[] => {
    const own = reached.get(id)!
    if (placed.has(id) || !own.has(id)) return []
    const ring = [...starts.keys()].filter((other) => own.has(other) && reached.get(other)!.has(id))
    ring.forEach((other) => placed.add(other))
    return [ring]
  })
}

/** Rings of at most `SHORT` rules inside the set, each once. */
const shortRings = (starts: ReadonlyMap<string, readonly string[]>, within: readonly string[]): readonly (readonly string[])[] => {
  const inside = new Set(within)
  const found = new Map<string, readonly string[]>()
  const walk = (path: readonly string[]): void => {
    for (const next of starts.get(path.at(-1)!) ?? []) {
      if (found.size >= MANY) return
      if (next === path[0]) {
        const ring = [...path].sort()
        found.set(ring.join(' '), ring)
      } else if (inside.has(next) && !path.includes(next) && path.length < SHORT) walk([...path, next])
    }
  }
  for (const id of within) walk([id])
  return [...found.values()]
}

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] => {
  const starts = startsIn(structure)
  return ringsOf(starts)
    .flatMap((ring) => (ring.length <= WHOLE ? [ring] : shortRings(starts, ring)))
    .map((ring) => {
      const rules = [...ring].sort()
      return { key: rules.join(' '), rules, at: rules.map((rule) => structure.rule.get(rule)!.automation.at) }
    })
}

const bad: ConflictKind['bad'] = ({ rules }, reaction) => {
  if (reaction.endless === FALSE) return FALSE
  const again = (rule: string) =>
    any(
      reaction.started
        .filter((one) => one.rule === rule && (one.run < 0 || (one.by !== undefined && rules.includes(one.by))))
        .map(({ guard }) => guard),
    )
  return and(reaction.endless, ...rules.map(again))
}

export const loop: ConflictKind = {
  id: 'conflict/loop',
  number: 'K13',
  says: 'after one outside event rules start each other for ever',
  shownBy: 'run',
  subjects,
  bad,
  sameEvent: () => FALSE,
  severity: () => 'error',
  text: ({ rules }, never, named) => {
    const who = rules.map(named).join(', ')
    if (rules.length === 1)
      return never ? `${who} does not start itself for ever` : `${who} starts itself again and again and never comes to rest`
    return never ? `${who} do not start each other for ever` : `${who} start each other again and again and never come to rest`
  },
}
