/** What can take part in an impossibility, in the user's words: uses, parts of requirements, rules, and who is left alone; and the model that has only some of it. */
import type { ExpressionText, FleetModel } from '../model/fleet-model.ts'
import { conjuncts, withoutRules, withRequirement, withUses } from './change-model.ts'

export type Participant =
  | { readonly is: 'use'; readonly use: number }
  | { readonly is: 'part'; readonly variant: string; readonly text: ExpressionText }
  | { readonly is: 'rule'; readonly variant: string; readonly rule: number }
  | { readonly is: 'leave' }

/** Everything hard in the model; soft uses exclude nothing. */
export function participantsOf(model: FleetModel): readonly Participant[] {
  return [
    ...model.constraints.filter(({ policy }) => policy.is !== 'soft').map(({ index }): Participant => ({ is: 'use', use: index })),
    ...model.variants.flatMap(({ id, requires, rules }): readonly Participant[] => [
      ...(requires === undefined ? [] : conjuncts(requires).map((text): Participant => ({ is: 'part', variant: id, text }))),
      ...rules.map((_, rule): Participant => ({ is: 'rule', variant: id, rule })),
    ]),
    ...(model.leave === undefined ? [] : [{ is: 'leave' } as const]),
  ]
}

/** The model that asks for nothing but what these do; without objectives, as only whether it can hold matters. */
export function modelOf(model: FleetModel, some: readonly Participant[]): FleetModel {
  const uses = new Set(some.flatMap((one) => (one.is === 'use' ? [one.use] : [])))
  const leaves = some.some(({ is }) => is === 'leave')
  let made = withUses(leaves ? model : withoutLeave(model), (index) => uses.has(index))
  for (const { id, requires, rules } of model.variants) {
    const kept = some.flatMap((one) => (one.is === 'part' && one.variant === id ? [one.text] : []))
    if (requires !== undefined && kept.length < conjuncts(requires).length) made = withRequirement(made, id, kept)
    const held = new Set(some.flatMap((one) => (one.is === 'rule' && one.variant === id ? [one.rule] : [])))
    if (held.size < rules.length) made = withoutRules(made, id, new Set(rules.flatMap((_, r) => (held.has(r) ? [] : [r]))))
  }
  return { ...made, objectives: [] }
}

/** The model in which no device is left alone. */
export function withoutLeave(model: FleetModel): FleetModel {
  const { leave, leaveRules, ...rest } = model
  return leave === undefined && leaveRules === undefined ? model : rest
}

/** By index in `modelOf(model, some)`: the use's index in the model. */
export function usesOf(some: readonly Participant[]): readonly number[] {
  return some.flatMap((one) => (one.is === 'use' ? [one.use] : [])).sort((a, b) => a - b)
}
