/** The nearest changes after which everything hard can hold: limits of the core's uses, parts of its requirements, or a member dropped; each is solved again before it is offered. */
import type { Repair } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import { mayEnd } from '../compile/eligibility.ts'
import type { CompiledAssignment } from '../compile/assignment.ts'
import { shown } from '../model/what-if.ts'
import { conjuncts, withoutRules, withParameter, withRequirement, withUses } from './change-model.ts'
import { becauseOf, useAt, type ExplainContext } from './context.ts'
import type { MissedLimit } from './find-repairs.ts'
import { limitEdits } from './limit-edits.ts'
import type { AskFeasible, MinimalCore } from './minimal-core.ts'
import { withoutLeave, type Participant } from './participants.ts'
import { nameOf, writtenKind } from './use-names.ts'

const OFFERED = 6

/** `missed`: limits of the whole model that a core's use would have to give, as solving everything else found them. */
export async function coreRepairs(
  context: ExplainContext,
  core: MinimalCore,
  missed: readonly MissedLimit[],
  ask: AskFeasible,
): Promise<readonly Repair[]> {
  const { model } = context
  const found: Repair[] = []
  for (const limit of missed) {
    if (found.length >= OFFERED) break
    found.push(await relaxedLimit(context, limit, ask))
  }
  for (const member of core.members) {
    if (found.length >= OFFERED) break
    const changed = without(model, member)
    const answer = await ask(changed)
    if (answer?.verdict.is === 'solved') found.push(dropped(context, member, answer.compiled))
  }
  return found
}

/** The first written number that stands for the limit and whose change lets everything hold; else the limit in words. */
async function relaxedLimit(context: ExplainContext, missed: MissedLimit, ask: AskFeasible): Promise<Repair> {
  const { use, group } = missed
  const checked = useAt(context, use)
  for (const edit of limitEdits(checked.use.parameters, missed)) {
    const answer = await ask(withParameter(context.model, use, edit.path, edit.to))
    if (answer?.verdict.is !== 'solved') continue
    const path = shown(['constraints', use, writtenKind(checked.use.kind), ...edit.path])
    const everywhere = group === '' ? '' : ` (\`${group}\` needs it)`
    return { text: `${nameOf(context, use)}: ${shown(edit.path)} ${edit.from} -> ${edit.to}${everywhere}`, edits: [`${path} = ${edit.to}`] }
  }
  return { text: missed.text }
}

function without(model: FleetModel, member: Participant): FleetModel {
  switch (member.is) {
    case 'use':
      return withUses(model, (index) => index !== member.use)
    case 'part': {
      const { requires } = model.variants.find(({ id }) => id === member.variant)!
      return withRequirement(
        model,
        member.variant,
        conjuncts(requires!).filter(({ text }) => text !== member.text.text),
      )
    }
    case 'rule':
      return withoutRules(model, member.variant, new Set([member.rule]))
    case 'leave':
      return withoutLeave(model)
  }
}

function dropped(context: ExplainContext, member: Participant, after: CompiledAssignment): Repair {
  const { model } = context
  switch (member.is) {
    case 'use': {
      const checked = useAt(context, member.use)
      return { text: `drop ${nameOf(context, member.use)}: ${becauseOf(checked, '')}`, edits: [`drop constraints[${member.use}]`] }
    }
    case 'part': {
      const { requires } = model.variants.find(({ id }) => id === member.variant)!
      const rest = conjuncts(requires!).filter(({ text }) => text !== member.text.text)
      const words = rest.map(({ text }) => (rest.length === 1 ? text : `(${text})`)).join(' && ')
      const many = able(
        after,
        model.variants.findIndex(({ id }) => id === member.variant),
      )
      return {
        text: `drop \`${member.text.text}\` of \`${member.variant}\` (then ${many} ${many === 1 ? 'device' : 'devices'} can run it)`,
        edits: [rest.length === 0 ? `drop variants.${member.variant}.requires` : `variants.${member.variant}.requires = ${words}`],
      }
    }
    case 'rule': {
      const rule = model.variants.find(({ id }) => id === member.variant)!.rules[member.rule]!
      return {
        text: `drop the rule \`if ${rule.if.text}, then ${rule.then.text}\` of \`${member.variant}\``,
        edits: [`drop variants.${member.variant}.rules[${member.rule}]`],
      }
    }
    case 'leave':
      return { text: 'leave no device alone', edits: ['drop leave'] }
  }
}

/** Devices that may run the variant in some mode. */
function able({ choices, options, classes }: CompiledAssignment, v: number): number {
  let count = 0
  for (let c = 0; c < classes.count; c++) {
    let may = false
    for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) may ||= mayEnd(options, classes.first[c]!, choice)
    if (may) count += classes.memberStart[c + 1]! - classes.memberStart[c]!
  }
  return count
}
