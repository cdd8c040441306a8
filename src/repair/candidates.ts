/** What could take a conflict away: changes to try, the smallest first. None is believed before it is checked. */
import type { Automation, AutomationExpression, Behaviour, ThingAttribute } from '../model/automation.ts'
import type { Finding } from '../model/conflict.ts'
import { all, automationsOf, isEqual, not, read, setsOf, wouldAct, type SetStep } from './conditions.ts'
import { sizeOf, type Candidate, type Edit } from './edit.ts'
import { movedNumbers } from './numbers.ts'
import { timedCandidates } from './timed-candidates.ts'

/** The name of the switch that arbitrates; people switch it, automations read it. */
const SWITCH = 'arbiter'
const SECOND = 1000

export function candidatesFor(behaviour: Behaviour, finding: Finding): readonly Candidate[] {
  const known = automationsOf(behaviour)
  const rules = finding.rules.flatMap((id) => known.get(id) ?? [])
  if (rules.length === 0) return []
  const attributes = new Map(behaviour.attributes.map((attribute) => [attribute.id, attribute]))
  const acting = rules.map((rule): Acting => ({ rule, sets: setsIn(rule, finding) }))
  const tries = [
    ...values(acting, attributes),
    ...movedNumbers(rules),
    ...priorities(acting),
    ...exclusions(acting),
    ...sameGuard(acting, finding),
    ...watched(behaviour, acting, finding),
    ...available(acting, attributes),
    ...weaker(rules, finding),
    ...timedCandidates(rules, finding),
    ...delays(acting),
    ...arbitrations(acting, behaviour),
  ]
  const seen = new Set<string>()
  const above = moreImportant(behaviour, rules, finding)
  const distinct = tries.filter(({ edits }) => {
    if (edits.some((edit) => 'automation' in edit && above.has(edit.automation))) return false
    const key = JSON.stringify(edits)
    return seen.has(key) ? false : seen.add(key)
  })
  return distinct
    .map((candidate, at) => ({ candidate, at }))
    .sort((a, b) => sizeOf(a.candidate) - sizeOf(b.candidate) || a.at - b.at)
    .map(({ candidate }) => candidate)
}

/** Where a less important rule gets in the way of a more important one, it is not the latter that gives way. */
function moreImportant({ applications }: Behaviour, rules: readonly Automation[], { id }: Finding): ReadonlySet<string> {
  if (id !== 'K28') return new Set()
  const priority = new Map(applications.map((application) => [application.id, application.priority ?? 0]))
  const of = ({ application }: Automation): number => priority.get(application) ?? 0
  const least = Math.min(...rules.map(of))
  return new Set(rules.filter((rule) => of(rule) > least).map((rule) => rule.id))
}

interface Acting {
  readonly rule: Automation
  /** The steps of the rule that the finding is about. */
  readonly sets: readonly SetStep[]
}

/** Of the finding's attribute, of those that the run writes, or else all. */
function setsIn(rule: Automation, { actuator, trace }: Finding): readonly SetStep[] {
  const own = setsOf(rule)
  const about = own.filter(({ attribute }) => attribute === actuator)
  if (about.length > 0) return about
  const written = new Set(
    trace.flatMap(({ automation, attribute }) => (automation === rule.id && attribute !== undefined ? [attribute] : [])),
  )
  const shown = own.filter(({ attribute }) => written.has(attribute))
  return shown.length > 0 ? shown : own
}

const name = ({ name: called }: Automation): string => `"${called}"`

/** The value of one becomes that of the other; what is beyond what a thing takes is kept within it. */
function values(acting: readonly Acting[], attributes: ReadonlyMap<string, ThingAttribute>): readonly Candidate[] {
  const found: Candidate[] = []
  for (const { rule, sets } of acting)
    for (const step of sets) {
      const type = attributes.get(step.attribute)?.type
      if (type?.is === 'number' && (type.low !== undefined || type.high !== undefined)) {
        const bounds = { ...(type.low !== undefined && { low: type.low }), ...(type.high !== undefined && { high: type.high }) }
        found.push({
          sort: 'parameter',
          says: `${name(rule)} keeps \`${step.attribute}\` within ${type.low ?? 'any'} and ${type.high ?? 'any'}`,
          edits: [{ is: 'bounds', automation: rule.id, step: step.id, ...bounds }],
        })
      }
      for (const other of acting)
        for (const there of other.sets) {
          if (there.attribute !== step.attribute || (there.id === step.id && other.rule.id === rule.id) || there.value.is !== 'value')
            continue
          if (step.value.is === 'value' && step.value.value === there.value.value) continue
          // A command is not what it was for if it says the opposite: only numbers are moved.
          if (typeof there.value.value !== 'number') continue
          found.push({
            sort: 'parameter',
            says: `${name(rule)} sets \`${step.attribute}\` to ${there.value.value}, as ${name(other.rule)} does`,
            edits: [{ is: 'value', automation: rule.id, step: step.id, value: there.value.value }],
          })
        }
    }
  return found
}

/** One goes first: the other acts only where the first would not. */
function priorities(acting: readonly Acting[]): readonly Candidate[] {
  return ordered(acting).flatMap(([first, second]): readonly Candidate[] => {
    const condition = wouldAct(first.rule)
    if (condition === undefined) return []
    const says = `${name(first.rule)} goes first: ${name(second.rule)} acts only where it would not`
    return guarded(second, not(condition)).map((edits) => ({ sort: 'priority' as const, says, edits }))
  })
}

/** A rule acts only while what the other brings about does not stand: on one side, on both. */
function exclusions(acting: readonly Acting[]): readonly Candidate[] {
  const sides = ordered(acting).flatMap(([own, other]) => {
    const states = other.sets.flatMap((step) =>
      step.value.is === 'value' && step.value.value !== null ? [isEqual(step.attribute, step.value.value)] : [],
    )
    return states.length === 0 || states.length > 3 ? [] : [{ own, condition: all(states.map(not)), says: shown(other.sets) }]
  })
  const one = sides.flatMap(({ own, condition, says }) =>
    guarded(own, condition).map((edits): Candidate => ({
      sort: 'exclusion',
      says: `${name(own.rule)} acts only while ${says} does not hold`,
      edits,
    })),
  )
  if (sides.length < 2 || acting.length !== 2) return one
  const [a, b] = [sides[0]!, sides[1]!]
  const both = guarded(a.own, a.condition).flatMap((first, at): readonly Candidate[] => {
    const second = guarded(b.own, b.condition)[at]
    if (second === undefined) return []
    const says = `both: ${name(a.own.rule)} only while ${a.says} does not hold, ${name(b.own.rule)} only while ${b.says} does not`
    return [{ sort: 'exclusion', says, edits: [...first, ...second] }]
  })
  return [...one, ...both]
}

const shown = (sets: readonly SetStep[]): string =>
  sets.map(({ attribute, value }) => `\`${attribute}\` = ${value.is === 'value' ? String(value.value) : '...'}`).join(', ')

/** The whole rule, or only the steps that matter. */
function guarded({ rule, sets }: Acting, condition: AutomationExpression): readonly (readonly Edit[])[] {
  const whole: readonly Edit[] = [{ is: 'guard', automation: rule.id, condition }]
  const steps = sets.map((step): Edit => ({ is: 'step-guard', automation: rule.id, step: step.id, condition }))
  return rule.steps.length > 1 && steps.length > 0 && steps.length < 4 ? [whole, steps] : [whole]
}

/** Who gives the same command asks what the other asks first. */
function sameGuard(acting: readonly Acting[], { id }: Finding): readonly Candidate[] {
  if (id !== 'K10') return []
  return ordered(acting).flatMap(([careful, careless]): readonly Candidate[] => {
    const { guard } = careful.rule
    if (guard.is === 'value') return []
    const says = `${name(careless.rule)} asks what ${name(careful.rule)} asks`
    return guarded(careless, guard).map((edits) => ({ sort: 'exclusion' as const, says, edits }))
  })
}

/** What makes a state one that must not come about, kept out by the rules that bring it about. */
function watched(behaviour: Behaviour, acting: readonly Acting[], { subject }: Finding): readonly Candidate[] {
  const states = (behaviour.environment?.states ?? []).filter(({ id }) => subject.includes(id))
  return states.flatMap(({ state }): readonly Candidate[] => {
    if (state.is !== 'all') return []
    const clauses = state.of.flatMap((alternatives) => (alternatives.length === 1 ? alternatives : []))
    const held = clauses.flatMap((clause): readonly { readonly attribute: string; readonly holds: AutomationExpression }[] => {
      const parts: AutomationExpression[] = clause.values.map((one) => isEqual(clause.attribute, one))
      if (clause.above !== undefined)
        parts.push({ is: 'apply', operator: '>', arguments: [read(clause.attribute), { is: 'value', value: clause.above }] })
      if (clause.below !== undefined)
        parts.push({ is: 'apply', operator: '<', arguments: [read(clause.attribute), { is: 'value', value: clause.below }] })
      if (parts.length === 0) return []
      const any: AutomationExpression = parts.length === 1 ? parts[0]! : { is: 'apply', operator: 'or', arguments: parts }
      return [{ attribute: clause.attribute, holds: clause.not === true ? not(any) : any }]
    })
    return acting.flatMap((one) => {
      const own = new Set(setsOf(one.rule).map(({ attribute }) => attribute))
      const others = held.filter(({ attribute }) => !own.has(attribute))
      if (others.length === 0 || others.length === held.length) return []
      const says = `${name(one.rule)} acts only while ${others.map(({ attribute }) => `\`${attribute}\``).join(', ')} allows it`
      return guarded(one, not(all(others.map(({ holds }) => holds)))).map((edits): Candidate => ({ sort: 'exclusion', says, edits }))
    })
  })
}

/** A rule that reads what may be unavailable acts only where it is not. */
function available(acting: readonly Acting[], attributes: ReadonlyMap<string, ThingAttribute>): readonly Candidate[] {
  return acting.flatMap((one) => {
    const heard = one.rule.triggers.flatMap((trigger) => (trigger.on === 'change' ? [trigger.attribute] : []))
    return [...new Set(heard)].flatMap((attribute) => {
      const type = attributes.get(attribute)?.type
      const odd = ['unavailable', 'unknown'].filter(
        (word) => type?.is === 'text' || type?.is === 'any' || (type?.is === 'enum' && (type.values.includes(word) || type.other)),
      )
      if (odd.length === 0) return []
      const condition = all(odd.map((word) => not(isEqual(attribute, word))))
      return guarded(one, condition).map((edits): Candidate => ({
        sort: 'fallback',
        says: `${name(one.rule)} acts only where \`${attribute}\` is known`,
        edits,
      }))
    })
  })
}

/** A guard that never holds loses the part of it that contradicts the rest. */
function weaker(rules: readonly Automation[], { id }: Finding): readonly Candidate[] {
  if (id !== 'K17') return []
  return rules.flatMap((rule): readonly Candidate[] => {
    const { guard } = rule
    if (guard.is === 'value') return []
    const parts = guard.is === 'apply' && guard.operator === 'and' ? guard.arguments : [guard]
    return parts.map((_, left): Candidate => {
      const rest = parts.filter((_part, at) => at !== left)
      const condition: AutomationExpression = rest.length === 0 ? { is: 'value', value: true } : all(rest)
      return {
        sort: 'weaker guard',
        says: `${name(rule)} no longer asks what can never hold`,
        edits: [{ is: 'whole-guard', automation: rule.id, condition }],
      }
    })
  })
}

/** A command comes a second after what it would meet. */
function delays(acting: readonly Acting[]): readonly Candidate[] {
  return acting.flatMap(({ rule, sets }) =>
    sets.map((step): Candidate => {
      const edits: readonly Edit[] = [{ is: 'delay', automation: rule.id, step: step.id, milliseconds: SECOND }]
      return { sort: 'delay', says: `${name(rule)} sets \`${step.attribute}\` a second later`, edits }
    }),
  )
}

/** Somebody decides which of the two acts. */
function arbitrations(acting: readonly Acting[], behaviour: Behaviour): readonly Candidate[] {
  if (acting.length !== 2) return []
  const taken = new Set(behaviour.attributes.map(({ thing }) => thing))
  let thing = SWITCH
  for (let n = 2; taken.has(thing) || taken.has(`input_boolean.${thing}`); n++) thing = `${SWITCH}${n}`
  const atHome = acting.every(({ rule }) => rule.platform === 'home-assistant')
  const id = atHome ? `input_boolean.${thing}` : `${thing}.second`
  const attribute: ThingAttribute = {
    ...{ id, thing: atHome ? id : thing, type: { is: 'bool' }, role: 'sensor', outside: true, delivery: 'state', restored: true },
  }
  const on: AutomationExpression = atHome ? { is: 'apply', operator: '==', arguments: [read(id), { is: 'value', value: 'on' }] } : read(id)
  const [first, second] = [acting[0]!, acting[1]!]
  const says = `a switch says who acts: ${name(first.rule)} while \`${attribute.id}\` is off, ${name(second.rule)} while it is on`
  const declared: Edit = { is: 'switch', attribute, automations: [first.rule.id, second.rule.id] }
  return guarded(first, atHome ? { is: 'apply', operator: 'not', arguments: [on] } : not(on)).flatMap((own) =>
    guarded(second, on).map((other): Candidate => ({ sort: 'arbitration', says, edits: [declared, ...own, ...other] })),
  )
}

function ordered(acting: readonly Acting[]): readonly (readonly [Acting, Acting])[] {
  return acting.flatMap((one) => acting.flatMap((other) => (other === one ? [] : [[one, other] as const])))
}
