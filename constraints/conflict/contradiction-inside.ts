/** K3: one run, or parallel branches of it, commands an actuator with different values, or two members of an exclusion, within one reaction. */
import { and, any, bool, FALSE } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Exclusion } from '../../src/model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction, ReactionWrite } from '../reaction.ts'
import { equalValues } from '../symbolic-value.ts'
import { commandedActuators } from './command-pairs.ts'
import { groupedWrites } from './grouped-writes.ts'
import { different } from './incompatible.ts'

const attributeSubjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  commandedActuators(structure).flatMap(({ attribute, live }) =>
    [...new Set(live.map((writer) => writer.rule))].sort().map((rule): ConflictSubject => {
      const writers = live.filter((writer) => writer.rule === rule)
      const values = writers.map((writer) => writer.constant)
      const same = !values.includes(undefined) && new Set(values).size === 1
      const facts = writers.map((writer) => `${writer.rule}/${writer.step}`)
      const why = `it commands ${JSON.stringify(values[0])} only`
      return {
        key: `${attribute.id} ${rule}`,
        attribute: attribute.id,
        rules: [rule],
        at: writers.map((writer) => writer.at),
        ...(same ? { decided: { argument: 'same-values' as const, facts, holds: false, why } } : {}),
      }
    }),
  )

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
