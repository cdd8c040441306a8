/** K32: one reaction sets a mode (a helper that holds one of several names) differently from two rules. */
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'
import { differentValues } from '../symbolic-value.ts'
import { bothWrite, commandText } from './command-pairs.ts'
import { runsByItself } from './timers.ts'

/** Each pair of rules that can set one mode, and not both to the same value only. */
const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...structure.writers].flatMap(([attribute, writers]) => {
    const found = structure.attributes.get(attribute)
    if (found?.role !== 'helper' || found.type.is !== 'enum') return []
    // Whether a timer runs is no mode that anybody chose.
    if (runsByItself(structure, attribute)) return []
    const rules = [...new Set(writers.map(({ rule }) => rule))].sort()
    return rules.flatMap((first, index) =>
      rules.slice(index + 1).flatMap((second): readonly ConflictSubject[] => {
        const both = writers.filter(({ rule }) => rule === first || rule === second)
        const values = both.map(({ constant }) => constant)
        if (!values.includes(undefined) && new Set(values).size === 1) return []
        return [{ key: `${attribute} ${first} ${second}`, attribute, rules: [first, second], at: both.map(({ at }) => at) }]
      }),
    )
  })

export const modeConflict: ConflictKind = {
  id: 'conflict/mode-conflict',
  number: 'K32',
  says: 'one reaction can set a mode to different values from two rules',
  shownBy: 'run',
  ofCommands: true,
  apart: true,
  subjects,
  bad: (subject, reaction) => bothWrite(subject, reaction, differentValues),
  sameEvent: (subject, reaction) => bothWrite(subject, reaction, differentValues, (write) => write.direct),
  severity: () => 'warning',
  text: (subject, never, named) => commandText(subject, `different values of the mode \`${subject.attribute ?? ''}\``, never, named),
}
