/** K3: one run, or parallel branches of it, commands the same actuator with different values within one reaction. */
import { and, any, FALSE, or } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { ConflictKind, ConflictSubject, ConflictStructure, ConflictWords, Reaction } from '../reaction.ts'
import { commandedActuators } from './command-pairs.ts'
import { inconsistent, opposite } from './incompatible.ts'

/** Per live rule and actuator that two of its steps write; with one step only a loop could contradict itself, so that pair stays too unless its value is constant. */
const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  commandedActuators(structure).flatMap(({ attribute, live }) =>
    [...new Set(live.map((writer) => writer.rule))].sort().map((rule): ConflictSubject => {
      const writers = live.filter((writer) => writer.rule === rule)
      const values = writers.map((writer) => writer.constant)
      const same = !values.includes(undefined) && new Set(values).size === 1
      const facts = writers.map((writer) => `${writer.rule}/${writer.step}`)
      return {
        key: `${attribute.id} ${rule}`,
        attribute: attribute.id,
        rules: [rule],
        at: writers.map((writer) => writer.at),
        ...(same
          ? { decided: { argument: 'same-values' as const, facts, holds: false, why: `it commands ${JSON.stringify(values[0])} only` } }
          : {}),
      }
    }),
  )

const bad = (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords): Term => {
  const attribute = structure.attributes.get(subject.attribute ?? '')
  const writes = reaction.writes.filter(
    (write) => write.rule === subject.rules[0] && write.attribute === subject.attribute && write.guard !== FALSE,
  )
  return any(
    writes.flatMap((a, index) =>
      writes
        .slice(index + 1)
        .filter((b) => a.run === b.run)
        .map((b) =>
          and(a.guard, b.guard, or(opposite(attribute, a.value, b.value, words), inconsistent(attribute, a.value, b.value, words))),
        ),
    ),
  )
}

export const contradictionInside: ConflictKind = {
  id: 'conflict/contradiction-inside',
  number: 'K3',
  says: 'one run of a rule, or parallel branches of it, commands different values of one attribute in one reaction',
  shownBy: 'run',
  subjects,
  bad,
  sameEvent: bad,
  severity: () => 'error',
  text: (subject) => `one run of \`${subject.rules[0] ?? ''}\` commands different values of \`${subject.attribute ?? ''}\``,
}
