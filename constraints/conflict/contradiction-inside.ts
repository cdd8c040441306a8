/** K3: one run, or parallel branches of it, commands an actuator with different values, or two members of an exclusion, within one reaction. */
import { and, any, bool, FALSE } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Exclusion } from '../../src/model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction, ReactionWrite, Rule, Writer } from '../reaction.ts'
import { equalValues } from '../symbolic-value.ts'
import { commandedActuators } from './command-pairs.ts'
import { groupedWrites } from './grouped-writes.ts'
import { different } from './incompatible.ts'
import { runsByItself } from './timers.ts'

/**
 * Helpers that one run sets to two constants while nobody hears them and the rule does not read them: the first is lost. A flag that somebody hears, or that the rule
 * itself looks at, may be raised and lowered on purpose; a timer changes by itself.
 */
const lostHelpers = (structure: ConflictStructure): ReturnType<typeof commandedActuators> =>
  structure.behaviour.attributes.flatMap((attribute) => {
    if (attribute.role !== 'helper' || (structure.listeners.get(attribute.id) ?? []).length > 0 || runsByItself(structure, attribute.id))
      return []
    const writers = structure.writers.get(attribute.id) ?? []
    const readers = new Set(structure.readers.get(attribute.id) ?? [])
    const live = writers.filter(({ rule, constant }) => constant !== undefined && !readers.has(rule))
    return [...new Set(live.map(({ rule }) => rule))].flatMap((rule) => {
      const own = live.filter((writer) => writer.rule === rule)
      return new Set(own.map(({ constant }) => constant)).size > 1 ? [{ attribute, live: own, dead: [] }] : []
    })
  })

const attributeSubjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...commandedActuators(structure), ...lostHelpers(structure)].flatMap(({ attribute, live }) =>
    [...new Set(live.map((writer) => writer.rule))].sort().flatMap((rule): readonly ConflictSubject[] => {
      const writers = live.filter((writer) => writer.rule === rule)
      // What unmodelled parts alone may command is listed with them: that it may differ says nothing more.
      const written = structure.rule.get(rule)?.steps
      if (writers.every(({ step }) => written?.get(step)?.do === 'unmodelled')) return []
      const values = writers.map((writer) => writer.constant)
      const same = !values.includes(undefined) && new Set(values).size === 1
      const facts = writers.map((writer) => `${writer.rule}/${writer.step}`)
      const one = structure.rule.get(rule)
      const apart = one !== undefined && !mayBothBeTaken(one, writers)
      const why = same ? `it commands ${JSON.stringify(values[0])} only` : 'no run of it takes two of the steps that command it'
      return [
        {
          key: `${attribute.id} ${rule}`,
          attribute: attribute.id,
          rules: [rule],
          at: writers.map((writer) => writer.at),
          ...(same || apart ? { decided: { argument: 'same-values' as const, facts, holds: false, why } } : {}),
        },
      ]
    }),
  )

/** Whether one run can take two of the steps that write different values, one after the other or in branches of it. */
const mayBothBeTaken = (rule: Rule, writers: readonly Writer[]): boolean => {
  const { after, forks, circular } = wayOf(rule)
  if (circular) return true
  const inFork = (a: string, b: string): boolean =>
    forks.some((fork) => fork.some((x, at) => fork.some((y, other) => at !== other && leads(x, a) && leads(y, b))))
  const leads = (x: string, to: string): boolean => x === to || after(x).has(to)
  return writers.some((a, at) =>
    writers.slice(at).some((b) => {
      const differ = a.constant === undefined || a.constant !== b.constant
      return differ && (after(a.step).has(b.step) || after(b.step).has(a.step) || inFork(a.step, b.step))
    }),
  )
}

interface Way {
  /** Steps that can follow a step, at once or later. */
  readonly after: (step: string) => ReadonlySet<string>
  readonly forks: readonly (readonly string[])[]
  readonly circular: boolean
}

const ways = new WeakMap<Rule, Way>()

const wayOf = (rule: Rule): Way => {
  const before = ways.get(rule)
  if (before !== undefined) return before
  const ahead = new Map<string, ReadonlySet<string>>()
  const after = (step: string): ReadonlySet<string> => {
    const known = ahead.get(step)
    if (known !== undefined) return known
    const found = new Set(listsAfter(rule, step).flat())
    for (const next of found) for (const one of listsAfter(rule, next).flat()) found.add(one)
    ahead.set(step, found)
    return found
  }
  const reachable = [...rule.reachable]
  const forks = [rule.automation.entry, ...reachable.flatMap((step) => forksAt(rule, step))].filter((fork) => fork.length > 1)
  const way = { after, forks, circular: reachable.some((step) => after(step).has(step)) }
  ways.set(rule, way)
  return way
}

/** Lists of steps of which a token that leaves the step takes one list, or several where every case counts. */
const listsAfter = (rule: Rule, id: string): readonly (readonly string[])[] => {
  const step = rule.steps.get(id)
  if (step === undefined) return []
  if (step.do === 'branch') return [...step.cases.map(({ next }) => next), step.next]
  return step.do === 'wait' || step.do === 'await' ? [step.next, step.timeout?.next ?? []] : [step.next]
}

/** Steps that tokens of one run may take side by side. */
const forksAt = (rule: Rule, id: string): readonly (readonly string[])[] => {
  const step = rule.steps.get(id)
  const lists = listsAfter(rule, id)
  return step?.do === 'branch' && step.every ? [lists.flat()] : lists.filter((list) => list.length > 1)
}

/** Per exclusion, each live rule that commands two of its members. */
const exclusionSubjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  structure.behaviour.exclusions.flatMap((exclusion) => {
    const members = new Set(exclusion.members.map((member) => member.attribute))
    return structure.rules.flatMap((rule): readonly ConflictSubject[] => {
      const writers = rule.writes.filter((writer) => members.has(writer.attribute))
      if (!rule.live || new Set(writers.map((writer) => writer.attribute)).size < 2) return []
      const id = rule.automation.id
      return [{ key: `${exclusion.name} ${id}`, exclusion, attribute: exclusion.name, rules: [id], at: writers.map((writer) => writer.at) }]
    })
  })

const bad = (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords): Term => {
  const { exclusion } = subject
  const own = reaction.writes.filter((write) => write.rule === subject.rules[0] && write.guard !== FALSE)
  if (exclusion === undefined) {
    const attribute = structure.attributes.get(subject.attribute ?? '')
    const writes = own.filter((write) => write.attribute === subject.attribute)
    return any(runsOf(writes).map((run) => pairwise(groupedWrites(run), (a, b) => different(attribute, a.value, b.value))))
  }
  const commands = (run: readonly ReactionWrite[], member: Exclusion['members'][number]): Term =>
    any(
      run
        .filter((write) => write.attribute === member.attribute)
        .map((write) => and(write.guard, equalValues(write.value, words.constant(member.value)))),
    )
  return any(
    runsOf(own).map((run) =>
      pairwise(
        exclusion.members.map((member) => ({ member, guard: commands(run, member) })),
        (a, b) => bool(a.member.attribute !== b.member.attribute),
      ),
    ),
  )
}

const runsOf = (writes: readonly ReactionWrite[]): readonly (readonly ReactionWrite[])[] => {
  const runs = new Map<number, ReactionWrite[]>()
  for (const write of writes) runs.set(write.run, [...(runs.get(write.run) ?? []), write])
  return [...runs.values()]
}

const pairwise = <T extends { readonly guard: Term }>(items: readonly T[], clash: (a: T, b: T) => Term): Term =>
  any(
    items.flatMap((a, index) =>
      items.slice(index + 1).map((b) => {
        const clashes = clash(a, b)
        return clashes === FALSE ? FALSE : and(a.guard, b.guard, clashes)
      }),
    ),
  )

export const contradictionInside: ConflictKind = {
  id: 'conflict/contradiction-inside',
  number: 'K3',
  says: 'one run of a rule, or parallel branches of it, commands different values of one attribute in one reaction',
  shownBy: 'run',
  ofCommands: true,
  subjects: (structure) => [...attributeSubjects(structure), ...exclusionSubjects(structure)],
  bad,
  sameEvent: bad,
  severity: () => 'error',
  text: (subject, never, named) => {
    const what =
      subject.exclusion === undefined
        ? `different values of \`${subject.attribute ?? ''}\``
        : `members of \`${subject.exclusion.name}\` that exclude each other`
    return `${never ? 'no' : 'one'} run of ${subject.rules.map(named).join(' and ')} commands ${what}`
  },
}
