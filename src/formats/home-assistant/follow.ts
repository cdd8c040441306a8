/**
 * Template entities whose state is a value, or comes late (`delay_on`, `delay_off`): an automation of each sets the state when what it follows changes.
 * From documentation: integrations/template.
 */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { Automation, AutomationExpression, Step, Trigger } from '../../model/automation.ts'
import { choose, not, TRUE, value } from '../node-red/expressions.ts'
import { followed } from './derived.ts'
import { duration } from './durations.ts'
import type { Home } from './home.ts'
import { leaves } from './prune.ts'
import { field } from './tree.ts'
import type { Writing } from './writing.ts'

/** Makes them for all entities that something reads, those that they read themselves included. */
export function addFollowers(home: Home): void {
  const done = new Set<string>()
  for (;;) {
    const next = [...home.inventory.templates.keys()].sort().find((entity) => home.attributes.has(entity) && !done.has(entity))
    if (next === undefined) return
    done.add(next)
    const made = follower(home, next)
    if (made === undefined) continue
    home.automations.push(made)
    home.followers.add(next)
    home.attributes.set(next, { ...home.attributes.get(next)!, role: 'helper', outside: false })
  }
}

function follower(home: Home, entity: string): Automation | undefined {
  const found = followed(home, entity)
  if (found?.is !== 'late') return undefined
  const { node, at } = home.inventory.templates.get(entity)!
  const base = {
    id: `${home.application}/${entity} follows`,
    name: `${entity} follows its template`,
    application: home.application,
    platform: 'home-assistant' as const,
    mode: { run: 'restart' as const, max: 1 },
    guard: TRUE,
    at,
  }
  const set = (id: string, to: AutomationExpression): Step => ({ id, at, next: [], do: 'set', attribute: entity, value: to })
  if (!found.truth) {
    const read = new Set<string>()
    leaves(found.expression, (leaf) => leaf.is === 'read' && read.add(leaf.attribute))
    const triggers: Trigger[] = [...[...read].sort().map((attribute): Trigger => triggerOn(home, attribute, at)), { on: 'start', at }]
    return { ...base, triggers, entry: ['set'], steps: [set('set', found.expression)] }
  }
  const late = (key: string): { readonly for?: AutomationExpression } => {
    const written = field(node, key)
    return written === undefined ? {} : { for: duration(found.w as Writing, written) }
  }
  const which: Step = {
    id: 'which',
    at,
    next: ['start'],
    do: 'branch',
    every: false,
    cases: [0, 1].map((index) => ({
      when: { is: 'apply', operator: '==', arguments: [{ is: 'local', name: 'trigger.index' }, value(index)] },
      next: [index === 0 ? 'on' : 'off'],
    })),
  }
  return {
    ...base,
    triggers: [
      { on: 'becomes', condition: found.expression, ...late('delay_on'), at },
      { on: 'becomes', condition: not(found.expression), ...late('delay_off'), at },
      { on: 'start', at },
    ],
    entry: ['which'],
    steps: [which, set('on', value('on')), set('off', value('off')), set('start', choose(found.expression, value('on'), value('off')))],
  }
}

function triggerOn(home: Home, attribute: string, at: Location): Trigger {
  return home.attributes.get(attribute)?.delivery === 'message' ? { on: 'message', attribute, at } : { on: 'change', attribute, at }
}
