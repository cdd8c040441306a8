/** K23: a run is dropped or cut off by the run mode, and therefore an actuator that the rule left one way stays so for good, with nothing left that would reset it. */
import { and, any, bool, eq, FALSE, ge, int, ite, not, or, real, sub } from '../../src/smt/build.ts'
import type { Value } from '../../src/model/automation.ts'
import type { Rule } from '../reaction.ts'
import { decimalTerm, oneOf } from '../symbolic-value.ts'
import type { TimedKind, TimedStructure, TimedSubject } from '../timed.ts'
import { laterSteps } from './cut-short.ts'
import { span } from './pairs.ts'

/** Values that the rule leaves in the attribute at the end of its ways; nothing: one of them is not known. */
const finals = (rule: Rule, attribute: string): readonly Value[] | undefined => {
  const found = new Set<Value>()
  for (const writer of rule.writes) {
    if (writer.attribute !== attribute || !rule.reachable.has(writer.step)) continue
    if (laterSteps(rule, writer.step).some((step) => step.do === 'set' && step.attribute === attribute)) continue
    if (writer.constant === undefined) return undefined
    found.add(writer.constant)
  }
  return found.size === 0 ? undefined : [...found]
}

/** Whether the rule writes it, waits, and writes it again: what comes last resets what came first. */
const resets = (rule: Rule, attribute: string): boolean =>
  rule.writes.some(
    (first) =>
      first.attribute === attribute &&
      laterSteps(rule, first.step).some(
        (step) =>
          (step.do === 'delay' || step.do === 'wait' || step.do === 'await') &&
          laterSteps(rule, step.id).some((last) => last.do === 'set' && last.attribute === attribute),
      ),
  )

const subjects = (structure: TimedStructure, window: number): readonly TimedSubject[] =>
  structure.rules.flatMap((rule) => {
    const { id, mode } = rule.automation
    if (!rule.live || mode.run === 'queued') return []
    const attributes = [...new Set(rule.writes.map(({ attribute }) => attribute))].sort()
    return attributes.flatMap((attribute): readonly TimedSubject[] => {
      if (structure.attributes.get(attribute)?.role !== 'actuator' || !resets(rule, attribute)) return []
      if (finals(rule, attribute) === undefined) return []
      const at = rule.writes.filter((writer) => writer.attribute === attribute).map((writer) => writer.at)
      return [{ key: `${attribute} ${id}`, attribute, rules: [id], window, at }]
    })
  })

export const modeLoss: TimedKind = {
  id: 'conflict/run-mode-loss',
  number: 'K23',
  says: 'a run that the run mode drops or cuts off leaves a needed command unsent',
  strength: 7,
  restarts: false,
  subjects: (structure, { quiet }) => subjects(structure, quiet),
  monitor: ({ attribute = '', rules, window = 0 }, structure, words) => {
    const [id = ''] = rules
    const rule = structure.rule.get(id)!
    const wanted = (finals(rule, attribute) ?? []).map((value) => words.constant(value))
    const writers = new Set((structure.writers.get(attribute) ?? []).map((writer) => writer.rule))
    return {
      ghosts: { flags: ['lost'], instants: ['since'] },
      next: (ghosts, reaction) => {
        const lost = any(reaction.dropped.filter((one) => one.rule === id && one.because !== 'queued').map(({ guard }) => guard))
        return {
          ...ghosts,
          flags: { lost: or(lost, and(bool(!reaction.fromOutside), ghosts.flags['lost'] ?? FALSE)) },
          instants: { since: ite(lost, reaction.earlier.now, ghosts.instants['since'] ?? real(0)) },
        }
      },
      bad: () => FALSE,
      late: ({ flags, instants }, { now, standing, tokens, timers }) => {
        const { value, by } = standing(attribute)
        const left = [
          ...tokens.filter((token) => writers.has(token.rule)).map(({ waits }) => waits),
          ...timers.filter((timer) => writers.has(timer.rule)).map(({ armed }) => armed),
        ]
        return and(
          flags['lost'] ?? FALSE,
          ge(sub(now, instants['since'] ?? real(0)), decimalTerm(window)),
          not(oneOf(value, wanted)),
          not(any(left)),
          eq(by, int(words.ruleIndex(id))),
        )
      },
    }
  },
  severity: () => 'error',
  text: ({ attribute = '', rules, window = 0 }, never, named) => {
    const [rule = ''] = rules.map(named)
    return never
      ? `no run of ${rule} that its mode drops or cuts off leaves \`${attribute}\` without its reset`
      : `a run of ${rule} is dropped or cut off, and \`${attribute}\` stays without its reset for ${span(window)}`
  },
}
