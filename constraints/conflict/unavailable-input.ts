/**
 * K34: a rule acts because an input is not there. Either the input becoming `unavailable` or `unknown` is what starts it: a trigger condition comes to hold by it, or
 * a trigger for any change away from a value; or it starts while the input is not there, and a part of its guard that reads nothing but that input holds then (`!= "on"`,
 * a number that is 0 where there is none). Where the condition names `unavailable` or `unknown` its author has thought of it. Started by it is a warning, and so is what
 * commands something that can hurt; else a relation.
 */
import { and, any, FALSE, or } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { AutomationExpression, Trigger } from '../../src/model/automation.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction, Rule } from '../reaction.ts'
import { equalValues } from '../symbolic-value.ts'
import { conjunctsOf, isClosed, mentions, readsOf, valueWhere } from './conjuncts.ts'
import { commandsHazard } from './hazard.ts'

const ABSENT = ['unavailable', 'unknown'] as const

/** The words for absence that the attribute can hold. */
const absentIn = (structure: ConflictStructure, attribute: string): readonly string[] => {
  const type = structure.attributes.get(attribute)?.type
  return ABSENT.filter((text) => type?.is === 'any' || (type?.is === 'enum' && type.values.includes(text)))
}

/** The input may be absent, and no rule sets it: what it is stays so within a reaction. */
const mayBeAbsent = (structure: ConflictStructure, { automation }: Rule, attribute: string): boolean => {
  const found = structure.attributes.get(attribute)
  return (
    found?.outside === true &&
    (structure.writers.get(attribute) ?? []).length === 0 &&
    absentIn(structure, attribute).length > 0 &&
    (found.type.is === 'enum' || automation.platform === 'home-assistant')
  )
}

/** The one attribute without which the condition says nothing, where it holds without that attribute being there; nothing where it holds of itself. */
const absentHolds = (part: AutomationExpression): string | undefined => {
  const [attribute, ...others] = readsOf(part)
  if (attribute === undefined || others.length > 0 || !isClosed(part) || mentions(part, ABSENT)) return undefined
  return ABSENT.some((text) => valueWhere(part, text) === true) ? attribute : undefined
}

/** The attribute by whose going the trigger fires. */
const firesBy = (trigger: Trigger): string | undefined => {
  if (trigger.on === 'change' && trigger.for === undefined && trigger.from !== undefined && trigger.to === undefined)
    return mentionsAbsent(trigger.from) ? undefined : trigger.attribute
  if (trigger.on !== 'becomes' || trigger.for !== undefined) return undefined
  // Not of one part alone: the whole of it has to come to hold.
  const [first, ...others] = conjunctsOf(trigger.condition)
  return first === undefined || others.length > 0 ? undefined : absentHolds(first)
}

const mentionsAbsent = (values: readonly unknown[]): boolean => ABSENT.some((text) => values.includes(text))

const guardInputs = ({ automation: { guard } }: Rule): readonly string[] => [
  ...new Set(conjunctsOf(guard).flatMap((part) => absentHolds(part) ?? [])),
]

const fires = ({ automation: { triggers } }: Rule): readonly string[] => [...new Set(triggers.flatMap((trigger) => firesBy(trigger) ?? []))]

const commands = (structure: ConflictStructure, { writes }: Rule): boolean =>
  writes.some(({ attribute }) => structure.attributes.get(attribute)?.role === 'actuator')

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  structure.rules.flatMap((rule): readonly ConflictSubject[] => {
    if (!rule.live || !commands(structure, rule)) return []
    const id = rule.automation.id
    const about = (attribute: string, how: string): ConflictSubject => ({
      key: `${attribute} ${id} (${how})`,
      attribute,
      rules: [id],
      step: how,
      at: [rule.automation.at],
    })
    const starting = fires(rule).filter((attribute) => mayBeAbsent(structure, rule, attribute))
    const guarded = guardInputs(rule).filter((attribute) => !starting.includes(attribute) && mayBeAbsent(structure, rule, attribute))
    return [...starting.map((attribute) => about(attribute, 'trigger')), ...guarded.map((attribute) => about(attribute, 'guard'))]
  })

const bad = (
  { rules: [id = ''], attribute = '', step }: ConflictSubject,
  reaction: Reaction,
  structure: ConflictStructure,
  words: ConflictWords,
): Term => {
  const { event } = reaction
  const rule = structure.rule.get(id)
  if (rule === undefined || (step === 'trigger' && (event.is !== 'write' || event.attribute !== attribute))) return FALSE
  const triggers = rule.automation.triggers
  const acts = reaction.writes.filter((write) => write.rule === id && structure.attributes.get(write.attribute)?.role === 'actuator')
  const starts = reaction.started
    .filter((start) => start.rule === id && (step === 'guard' || start.direct || start.run < 0))
    .map((start) =>
      and(
        start.guard,
        step === 'guard' || start.run < 0
          ? any([start.guard])
          : any(start.triggers.filter(({ index }) => firesBy(triggers[index]!) === attribute).map(({ match }) => match)),
        any(acts.filter(({ run }) => run === start.run || run < 0 || start.run < 0).map(({ guard }) => guard)),
      ),
    )
  const { value } = reaction.after(attribute)
  return and(any(starts), or(...absentIn(structure, attribute).map((text) => equalValues(value, words.constant(text)))))
}

export const unavailableInput: ConflictKind = {
  id: 'conflict/unavailable-input',
  number: 'K34',
  says: 'a rule acts because an input is unavailable or unknown',
  shownBy: 'run',
  subjects,
  bad,
  sameEvent: bad,
  severity: (_, { rules: [rule = ''], step }, structure) =>
    step === 'trigger' || commandsHazard(structure, rule) ? 'warning' : 'relation',
  text: ({ rules, attribute = '', step }, never, named) => {
    const who = rules.map(named).join(' and ')
    const when =
      step === 'trigger'
        ? `because \`${attribute}\` becomes unavailable or unknown`
        : `while \`${attribute}\` is unavailable or unknown, which its guard takes for a value`
    return `${who} ${never ? 'never acts' : 'acts'} ${when}`
  },
}
