/** What can have to do with each other at all: rules and attributes that reads, commands, triggers and quantities join, however far apart. */
import type { TimedStructure, TimedSubject } from '../../constraints/timed.ts'
import { quantityName } from '../model/timed-run.ts'
import { attributesOf } from './timed-analysis.ts'

/** Says of a subject whether it hangs together with one of the attributes. */
export const connectedTo = (structure: TimedStructure, attributes: ReadonlySet<string>): ((subject: TimedSubject) => boolean) => {
  const near = new Map<string, Set<string>>()
  const join = (rule: string, attribute: string): void => {
    const [one, other] = [`rule ${rule}`, `attribute ${attribute}`]
    near.set(one, (near.get(one) ?? new Set()).add(other))
    near.set(other, (near.get(other) ?? new Set()).add(one))
  }
  for (const { automation, reads, writes } of structure.rules) {
    reads.forEach((attribute) => join(automation.id, attribute))
    writes.forEach(({ attribute }) => join(automation.id, attribute))
    for (const step of automation.steps) if (step.do === 'call') join(automation.id, `of ${step.automation}`)
    join(automation.id, `of ${automation.id}`)
  }
  for (const [attribute, rules] of structure.listeners) rules.forEach((rule) => join(rule, attribute))
  for (const { attribute, property, place } of structure.behaviour.environment?.observations ?? []) {
    const quantity = quantityName(property, place)
    join(`sees ${quantity}`, attribute)
    structure.drives.get(quantity)?.forEach((driver) => join(`sees ${quantity}`, driver))
  }
  const reached = new Set([...attributes].map((attribute) => `attribute ${attribute}`))
  const open = [...reached]
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const other of near.get(next) ?? [])
      if (!reached.has(other)) {
        reached.add(other)
        open.push(other)
      }
  return (subject) =>
    subject.quantity !== undefined ||
    subject.rules.some((rule) => reached.has(`rule ${rule}`)) ||
    attributesOf(subject).some((one) => reached.has(`attribute ${one}`))
}
