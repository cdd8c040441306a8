/** Subjects and formula that the kinds of contradictory commands share: an attribute (or exclusion) and the two rules that write it. */
import { and, any, FALSE } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Location } from '../../src/diagnostics/diagnostic.ts'
import type { ThingAttribute } from '../../src/model/automation.ts'
import type { SymbolicValue } from '../symbolic-value.ts'
import { groupedWrites, type GroupedWrite } from './grouped-writes.ts'
import type { ConflictStructure, ConflictSubject, Reaction, ReactionWrite, Writer } from '../reaction.ts'

export interface AttributeWriters {
  readonly attribute: ThingAttribute
  readonly live: readonly Writer[]
  readonly dead: readonly Writer[]
}

/** Actuators that some rule, live or dead, writes; sorted by id. */
export const commandedActuators = (structure: ConflictStructure): readonly AttributeWriters[] => {
  const dead = new Map<string, Writer[]>()
  for (const rule of structure.rules)
    if (!rule.live) for (const writer of rule.writes) dead.set(writer.attribute, [...(dead.get(writer.attribute) ?? []), writer])
  return structure.behaviour.attributes
    .filter((attribute) => attribute.role === 'actuator' && (structure.writers.has(attribute.id) || dead.has(attribute.id)))
    .map((attribute) => ({ attribute, live: structure.writers.get(attribute.id) ?? [], dead: dead.get(attribute.id) ?? [] }))
    .sort((a, b) => (a.attribute.id < b.attribute.id ? -1 : 1))
}

const rulesOf = (writers: readonly Writer[]): readonly string[] => [...new Set(writers.map((writer) => writer.rule))].sort()

const constants = (writers: readonly Writer[]): readonly unknown[] | undefined => {
  const values = writers.map((writer) => writer.constant)
  return values.includes(undefined) ? undefined : [...new Set(values)]
}

const neverStart = (structure: ConflictStructure, dead: readonly string[]): string => {
  const applications = [...new Set(dead.map((rule) => `\`${structure.rule.get(rule)?.automation.application ?? ''}\``))].sort()
  const rules = dead.length === 1 ? 'the one rule' : `the ${dead.length} rules`
  return `${rules} of ${applications.join(' and ')} that ${dead.length === 1 ? 'writes' : 'write'} it can never start`
}

/** Per actuator: each pair of its live rules; and one subject for all pairs that a dead rule or a missing partner decides. */
export const pairSubjects = (structure: ConflictStructure, concerns: (attribute: ThingAttribute) => boolean): readonly ConflictSubject[] =>
  commandedActuators(structure).flatMap(({ attribute, live, dead }): readonly ConflictSubject[] => {
    if (!concerns(attribute)) return []
    const rules = rulesOf(live)
    const deadRules = rulesOf(dead)
    const made: ConflictSubject[] = []
    const at = (writers: readonly Writer[]): readonly Location[] => writers.map((writer) => writer.at)
    if (rules.length < 2 || deadRules.length > 0) {
      const alone = rules.length === 1
      made.push({
        key: rules.length < 2 ? attribute.id : `${attribute.id} (dead writers)`,
        attribute: attribute.id,
        rules: [...rules.slice(0, alone ? 1 : 0), ...deadRules],
        decided: {
          argument: rules.length === 0 || rules.length > 1 ? 'no-live-writer' : 'single-writer',
          facts: rules.length < 2 ? [...rules, ...deadRules] : deadRules,
          holds: false,
          why: deadRules.length === 0 ? 'one rule alone writes it' : neverStart(structure, deadRules),
        },
        at: at([...live.filter(() => alone), ...dead]),
      })
    }
    for (const [index, first] of rules.entries())
      for (const second of rules.slice(index + 1)) {
        const writers = live.filter((writer) => writer.rule === first || writer.rule === second)
        const values = constants(writers)
        made.push({
          key: `${attribute.id} ${first} ${second}`,
          attribute: attribute.id,
          rules: [first, second],
          at: at(writers),
          ...(values?.length === 1
            ? {
                decided: {
                  argument: 'same-values' as const,
                  facts: writers.map((writer) => `${writer.rule}/${writer.step}`),
                  holds: false,
                  why: `both command ${JSON.stringify(values[0])} only`,
                },
              }
            : {}),
        })
      }
    return made
  })

/** Where two writes of the subject's rules, one of each, happen together and `clash`; `counts` says which writes take part. */
export const bothWrite = (
  subject: ConflictSubject,
  reaction: Reaction,
  clash: (a: SymbolicValue, b: SymbolicValue) => Term,
  counts: (write: ReactionWrite) => boolean = () => true,
): Term => {
  const [first, second] = subject.rules
  const of = (rule: string | undefined): readonly GroupedWrite[] =>
    groupedWrites(
      reaction.writes.filter(
        (write) => write.rule === rule && write.attribute === subject.attribute && write.guard !== FALSE && counts(write),
      ),
    )
  const others = of(second)
  return any(
    of(first).flatMap((a) =>
      others.map((b) => {
        const clashes = clash(a.value, b.value)
        return clashes === FALSE ? FALSE : and(a.guard, b.guard, clashes)
      }),
    ),
  )
}

/** Who commands what in one reaction, or that nobody does. */
export const commandText = ({ rules, decided }: ConflictSubject, what: string, never: boolean, name: (rule: string) => string): string => {
  const named = rules.map(name)
  if (never && (named.length !== 2 || decided?.argument === 'no-live-writer' || decided?.argument === 'single-writer'))
    return `no two rules command ${what}${decided === undefined ? '' : `: ${decided.why}`}`
  const who = named.length === 1 ? `two runs of ${named[0] ?? ''}` : named.join(' and ')
  return never ? `no reaction lets ${who} command ${what}` : `${who} command ${what}`
}
