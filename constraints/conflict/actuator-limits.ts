/** K35: a rule commands a value that the description of the thing does not allow: its declared type, a Thing Description, a catalogue of models. */
import { and, any, ge, le, not, or, TRUE } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { ValueType } from '../../src/model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction, Writer } from '../reaction.ts'
import { decimalTerm, oneOf, type SymbolicValue } from '../symbolic-value.ts'

interface Described {
  readonly type: ValueType
  readonly source: string
}

/** What is said to be taken: nothing for types that take all. */
const describedOf = (structure: ConflictStructure, attribute: string): readonly Described[] => {
  const own = structure.attributes.get(attribute)?.type
  const more = structure.behaviour.environment?.limits.filter((limit) => limit.attribute === attribute) ?? []
  return [...(own === undefined ? [] : [{ type: own, source: 'its type' }]), ...more].filter(({ type }) => isLimit(type))
}

const isLimit = (type: ValueType): boolean =>
  (type.is === 'number' && (type.low !== undefined || type.high !== undefined)) || (type.is === 'enum' && !type.other)

/** No value (null) breaks no limit; a text where a number belongs does. */
const within = ({ constant }: Writer, type: ValueType): boolean => {
  if (constant === undefined) return false
  if (constant === null) return true
  if (type.is === 'enum') return typeof constant === 'string' && type.values.includes(constant)
  if (type.is !== 'number') return true
  return (
    typeof constant === 'number' &&
    constant >= (type.low ?? Number.NEGATIVE_INFINITY) &&
    constant <= (type.high ?? Number.POSITIVE_INFINITY)
  )
}

const allowed = (value: SymbolicValue, type: ValueType, words: ConflictWords): Term => {
  if (type.is === 'enum')
    return or(
      value.isNull,
      oneOf(
        value,
        type.values.map((one) => words.constant(one)),
      ),
    )
  if (type.is !== 'number') return TRUE
  const bounds = [
    ...(type.low === undefined ? [] : [ge(value.number, decimalTerm(type.low))]),
    ...(type.high === undefined ? [] : [le(value.number, decimalTerm(type.high))]),
  ]
  return or(value.isNull, and(value.isNumber, ...bounds))
}

const rangeText = (type: ValueType): string => {
  if (type.is === 'enum') return type.values.map((value) => `\`${value}\``).join(', ')
  if (type.is !== 'number') return ''
  const unit = type.unit === undefined ? '' : ` ${type.unit}`
  return `${type.low ?? 'anything'} to ${type.high ?? 'anything'}${unit}`
}

/** Per attribute and rule whose commands are not all constants within the limits; of a helper, whose constants are not. */
const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...structure.writers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([attribute, writers]): readonly ConflictSubject[] => {
      const role = structure.attributes.get(attribute)?.role
      if (role !== 'actuator' && role !== 'helper') return []
      const described = describedOf(structure, attribute)
      const rules = [...new Set(writers.map(({ rule }) => rule))].sort()
      return rules.flatMap((rule): readonly ConflictSubject[] => {
        const own = writers.filter((writer) => writer.rule === rule)
        const beyond = own.filter((writer) => !described.every(({ type }) => within(writer, type)))
        // What is computed into a helper comes of sensors without limits: it would break every one. What is written down for it says what was meant.
        if (beyond.length === 0 || (role === 'helper' && beyond.every(({ constant }) => constant === undefined))) return []
        const says = described.map(({ type, source }) => `${rangeText(type)} (${source})`).join('; ')
        return [{ key: `${attribute} ${rule}`, attribute, rules: [rule], says, at: own.map(({ at }) => at) }]
      })
    })

const bad = (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords): Term => {
  const described = describedOf(structure, subject.attribute ?? '')
  return any(
    reaction.writes
      .filter((write) => write.rule === subject.rules[0] && write.attribute === subject.attribute)
      .map((write) => and(write.guard, not(and(...described.map(({ type }) => allowed(write.value, type, words)))))),
  )
}

export const actuatorLimits: ConflictKind = {
  id: 'conflict/actuator-limits',
  number: 'K35',
  says: 'a rule commands a value that the description of the thing does not allow',
  shownBy: 'run',
  subjects,
  bad,
  sameEvent: bad,
  severity: () => 'error',
  text: (subject, never, named) => {
    const who = subject.rules.map(named).join(' and ')
    const what = `\`${subject.attribute ?? ''}\` to a value beyond ${subject.says ?? ''}`
    return never ? `no run of ${who} commands ${what}` : `${who} commands ${what}`
  },
}
