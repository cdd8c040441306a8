/** K24: one rule commands all members of a group, another only some of them: what K1 to K4 say of a member, the group is behind. */
import { FALSE } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  (structure.behaviour.environment?.groups ?? []).flatMap((group): readonly ConflictSubject[] => {
    const members = [...new Set(group.members)].filter((member) => structure.attributes.has(member))
    if (members.length < 2) return []
    const commanded = structure.rules.flatMap((rule) => {
      const own = rule.live ? members.filter((member) => rule.writes.some((write) => write.attribute === member)) : []
      return own.length === 0 ? [] : [{ rule, id: rule.automation.id, own }]
    })
    const whole = commanded.filter(({ own }) => own.length === members.length)
    const parts = commanded.filter(({ own }) => own.length < members.length)
    return whole.flatMap((all) =>
      parts.map((part): ConflictSubject => {
        const names = part.own.map((member) => `\`${member}\``).join(', ')
        const writers = [...all.rule.writes, ...part.rule.writes].filter(({ attribute }) => part.own.includes(attribute))
        return {
          key: `${group.id} ${all.id} ${part.id}`,
          rules: [all.id, part.id].sort(),
          from: all.id,
          decided: {
            argument: 'static',
            facts: [group.id, ...part.own],
            holds: true,
            why: `all of \`${group.id}\` is commanded by one, ${names} of it alone by the other`,
          },
          at: writers.map(({ at }) => at),
        }
      }),
    )
  })

export const groupOverlap: ConflictKind = {
  id: 'conflict/group-overlap',
  number: 'K24',
  says: 'one rule commands a whole group, another some members of it',
  shownBy: 'proof',
  subjects,
  bad: () => FALSE,
  sameEvent: () => FALSE,
  severity: () => 'relation',
  text: (subject, _, named) => {
    const [one, other] = subject.from === subject.rules[1] ? [...subject.rules].reverse() : subject.rules
    return `${named(one ?? '')} and ${named(other ?? '')} command what overlaps: ${subject.decided?.why ?? ''}`
  },
}
