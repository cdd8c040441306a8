/**
 * K15: in one reaction two rules issue the same command, where issuing it twice is not the same as once: both toggle, step or count the attribute (what they write
 * depends on what stands there), or both send a message whose name or content says that each counts (a notification, a press, a toggle) with the same content.
 */
import { and, any } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, Reaction, ReactionWrite, Writer } from '../reaction.ts'
import { equalValues } from '../symbolic-value.ts'
import { readsOf } from './conjuncts.ts'

const COUNTS =
  /(^|[^a-z])(toggles?|notify|notification|alert|announce|say|speak|tts|press|pressed|push|pulse|ring|step|next|previous|increment|decrement|dispense|feed|print|send|sms|mail)([^a-z]|$)/i

const isRelative = (structure: ConflictStructure, { rule, step, attribute }: Pick<Writer, 'rule' | 'step' | 'attribute'>): boolean => {
  const found = structure.rule.get(rule)?.steps.get(step)
  return found?.do === 'set' && readsOf(found.value).has(attribute)
}

const isCounted = (structure: ConflictStructure, { attribute, constant }: Writer): boolean =>
  structure.attributes.get(attribute)?.delivery === 'message' &&
  structure.attributes.get(attribute)?.role === 'actuator' &&
  constant !== undefined &&
  (COUNTS.test(attribute) || (typeof constant === 'string' && COUNTS.test(constant)))

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...structure.writers].flatMap(([attribute, writers]) => {
    const counting = writers.filter((writer) => isRelative(structure, writer) || isCounted(structure, writer))
    const rules = [...new Set(counting.map(({ rule }) => rule))].sort()
    return rules.flatMap((first, index) =>
      rules.slice(index + 1).flatMap((second): readonly ConflictSubject[] => {
        const [own, others] = [first, second].map((rule) => counting.filter((writer) => writer.rule === rule)) as [Writer[], Writer[]]
        if (!own.some((a) => others.some((b) => isTwice(structure, a, b)))) return []
        return [{ key: `${attribute} ${first} ${second}`, attribute, rules: [first, second], at: [...own, ...others].map(({ at }) => at) }]
      }),
    )
  })

const isTwice = (structure: ConflictStructure, a: Writer, b: Writer): boolean =>
  isRelative(structure, a) ? isRelative(structure, b) : !isRelative(structure, b) && a.constant === b.constant

const twice = (
  { rules: [first, second], attribute }: ConflictSubject,
  reaction: Reaction,
  structure: ConflictStructure,
  direct: boolean,
): Term => {
  const of = (rule: string | undefined): readonly ReactionWrite[] =>
    reaction.writes.filter((write) => write.rule === rule && write.attribute === attribute && (!direct || write.direct))
  const counted = (write: ReactionWrite): boolean =>
    (structure.writers.get(write.attribute) ?? []).some(
      (one) => one.rule === write.rule && one.step === write.step && isCounted(structure, one),
    )
  return any(
    of(first).flatMap((a) =>
      of(second).map((b) => {
        const [x, y] = [isRelative(structure, a), isRelative(structure, b)]
        if (x && y) return and(a.guard, b.guard)
        return counted(a) && counted(b) ? and(a.guard, b.guard, equalValues(a.value, b.value)) : any([])
      }),
    ),
  )
}

export const duplicate: ConflictKind = {
  id: 'conflict/duplicate',
  number: 'K15',
  says: 'two rules issue one command twice for one stimulus, where twice is not the same as once',
  shownBy: 'run',
  apart: true,
  subjects,
  bad: (subject, reaction, structure) => twice(subject, reaction, structure, false),
  sameEvent: (subject, reaction, structure) => twice(subject, reaction, structure, true),
  severity: () => 'warning',
  text: ({ rules, attribute = '' }, never, named) => {
    const who = rules.map(named).join(' and ')
    return never
      ? `no reaction lets ${who} command \`${attribute}\` twice`
      : `${who} command \`${attribute}\` twice for one event, where each time counts`
  },
}
