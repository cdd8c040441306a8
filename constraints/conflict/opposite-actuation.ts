/** K1: one reaction commands the same actuator with opposite values from two rules, or two members of an exclusion. */
import { and, any, eq, FALSE, int } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Exclusion } from '../../src/model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction } from '../reaction.ts'
import { equalValues, type SymbolicValue } from '../symbolic-value.ts'
import { bothWrite, commandText, pairSubjects } from './command-pairs.ts'
import { isChoice, opposite } from './incompatible.ts'

type Member = Exclusion['members'][number]

/** Live rules that can command the member to its value, as far as their constants tell. */
const writersOf = (structure: ConflictStructure, { attribute, value }: Member): readonly string[] =>
  [
    ...new Set(
      (structure.writers.get(attribute) ?? [])
        .filter((writer) => writer.constant === undefined || writer.constant === value)
        .map((writer) => writer.rule),
    ),
  ].sort()

/** An attribute of numbers to which a live rule commands something else. */
const otherThanNumbers = (structure: ConflictStructure, attribute: string): boolean =>
  (structure.writers.get(attribute) ?? []).some((writer) => writer.constant !== undefined && typeof writer.constant !== 'number')

/** Per exclusion: each pair of rules of which one writes a member and the other another; a rule with itself too, as two of its runs may meet. */
const exclusionSubjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  structure.behaviour.exclusions.flatMap((exclusion): readonly ConflictSubject[] => {
    const pairs = new Map<string, readonly [string, string]>()
    for (const [index, one] of exclusion.members.entries())
      for (const other of exclusion.members.slice(index + 1))
        for (const a of writersOf(structure, one))
          for (const b of writersOf(structure, other)) pairs.set([a, b].sort().join('\u0000'), [a, b].sort() as [string, string])
    const members = exclusion.members.map((member) => member.attribute)
    const live = members.flatMap((member) => structure.writers.get(member) ?? [])
    const base = { exclusion, attribute: exclusion.name }
    if (pairs.size === 0) {
      const facts = [...new Set(live.map((writer) => writer.rule))].sort()
      const argument =
        facts.length === 0 ? ('no-live-writer' as const) : facts.length === 1 ? ('single-writer' as const) : ('same-values' as const)
      return [
        {
          ...base,
          key: exclusion.name,
          rules: facts,
          decided: { argument, facts: [...facts, ...members], holds: false, why: 'no two of its members are commanded by live rules' },
          at: live.map((writer) => writer.at),
        },
      ]
    }
    return [...pairs.values()].flatMap(([a, b]): readonly ConflictSubject[] => {
      const at = live.filter((writer) => writer.rule === a || writer.rule === b).map((writer) => writer.at)
      const rules = a === b ? [a] : [a, b]
      const standing: ConflictSubject = { ...base, key: `${exclusion.name} ${a} ${b} (standing)`, rules, standing: true, at }
      return a === b ? [standing] : [{ ...base, key: `${exclusion.name} ${a} ${b}`, rules, at }, standing]
    })
  })

/** Where a rule of the subject commands a member to its value, and the other another; `standing`: and both stand there when the reaction has come to rest. */
const excluded = (exclusion: Exclusion, subject: ConflictSubject, reaction: Reaction, words: ConflictWords, sameEvent: boolean): Term => {
  const [first = '', second = first] = subject.rules
  const wanted = (member: Member): SymbolicValue => words.constant(member.value)
  const commands = (rule: string, member: Member): Term =>
    any(
      reaction.writes
        .filter(
          (write) => write.rule === rule && write.attribute === member.attribute && write.guard !== FALSE && (!sameEvent || write.direct),
        )
        .map((write) => and(write.guard, equalValues(write.value, wanted(member)))),
    )
  const stands = (rule: string, member: Member): Term => {
    const { value, by } = reaction.after(member.attribute)
    return and(equalValues(value, wanted(member)), eq(by, int(words.ruleIndex(rule))))
  }
  const cases: Term[] = []
  for (const one of exclusion.members)
    for (const other of exclusion.members) {
      if (one.attribute === other.attribute) continue
      for (const [a, b] of first === second
        ? ([[first, first]] as const)
        : ([
            [first, second],
            [second, first],
          ] as const)) {
        const mine = commands(a, one)
        if (mine === FALSE) continue
        cases.push(subject.standing === true ? and(mine, stands(a, one), stands(b, other)) : and(mine, commands(b, other)))
      }
    }
  return any(cases)
}

const bad = (
  subject: ConflictSubject,
  reaction: Reaction,
  structure: ConflictStructure,
  words: ConflictWords,
  sameEvent: boolean,
): Term => {
  if (subject.exclusion !== undefined) return excluded(subject.exclusion, subject, reaction, words, sameEvent)
  const attribute = structure.attributes.get(subject.attribute ?? '')
  return bothWrite(
    subject,
    reaction,
    (a, b) => opposite(attribute, a, b),
    (write) => !sameEvent || write.direct,
  )
}

export const oppositeActuation: ConflictKind = {
  id: 'conflict/opposite-actuation',
  number: 'K1',
  says: 'one reaction can command the same attribute with opposite values from two rules',
  shownBy: 'run',
  ofCommands: true,
  apart: true,
  clashing: opposite,
  subjects: (structure) => [
    ...pairSubjects(structure, (attribute) =>
      attribute.type.is === 'number' ? otherThanNumbers(structure, attribute.id) : !isChoice(attribute),
    ),
    ...exclusionSubjects(structure),
  ],
  bad: (subject, reaction, structure, words) => bad(subject, reaction, structure, words, false),
  sameEvent: (subject, reaction, structure, words) => bad(subject, reaction, structure, words, true),
  severity: (meets) => (meets === 'coincidence' ? 'warning' : 'error'),
  text: (subject, never, named) => {
    const left = `members of \`${subject.exclusion?.name ?? ''}\` where they exclude each other`
    const leaving = subject.rules.map(named).join(' and ')
    if (subject.standing === true) return never ? `no run leaves ${left} by ${leaving}` : `${leaving} leave ${left}`
    const what =
      subject.exclusion === undefined
        ? `opposite values of \`${subject.attribute ?? ''}\``
        : `members of \`${subject.exclusion.name}\` that exclude each other`
    return commandText(subject, what, never, named)
  },
}
