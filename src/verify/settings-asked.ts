/** Which settings the expressions of constraints read: those that options must differ in. */
import type { FleetModel } from '../model/fleet-model.ts'
import { choiceExpression } from './choice-expressions.ts'

/** By kind, the parameters that are expressions over choices. */
const EXPRESSIONS: Readonly<Record<string, Readonly<Record<string, 'bool' | 'number'>>>> = {
  'placement/quota': { choose: 'bool' },
  'placement/requires-on': { if: 'bool', then: 'bool' },
  'placement/advisory': { affects: 'bool' },
  'placement/risk': { per: 'number' },
}

/** Names of settings, those of the other end of a link included. */
export function settingsAsked(model: FleetModel): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { kind, parameters, at } of model.constraints) {
    if (typeof parameters !== 'object' || parameters === null) continue
    for (const [name, yields] of Object.entries(EXPRESSIONS[kind] ?? {})) {
      const text = (parameters as Readonly<Record<string, unknown>>)[name]
      if (typeof text !== 'string') continue
      for (const path of choiceExpression(model, { text, at }, yields, ['device', 'there']).paths) {
        const setting = /^(?:there\.)?settings\.(.+)$/.exec(path)?.[1]
        if (setting !== undefined) names.add(setting)
      }
    }
  }
  return names
}
