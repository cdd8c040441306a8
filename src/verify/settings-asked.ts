/** Which settings the expressions of constraints read: those that options must differ in. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ExpressionType } from '../model/expression-type.ts'
import type { ExpressionText, FleetModel } from '../model/fleet-model.ts'
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
      for (const path of pathsRead(model, { text, at }, yields, linkNames(model, parameters))) {
        const setting = /^(?:there\.)?settings\.(.+)$/.exec(path)?.[1]
        if (setting !== undefined) names.add(setting)
      }
    }
  }
  return names
}

/** An expression that does not read is left to its kind's checker, which says so. */
function pathsRead(
  model: FleetModel,
  text: ExpressionText,
  yields: 'bool' | 'number',
  more: Readonly<Record<string, ExpressionType>>,
): readonly string[] {
  try {
    return choiceExpression(model, text, yields, ['device', 'there'], more).paths
  } catch (error) {
    if (error instanceof EngineError) return []
    throw error
  }
}

/** Columns of the list of links that a constraint follows. */
function linkNames({ links = [] }: FleetModel, parameters: object): Readonly<Record<string, ExpressionType>> {
  const list = (parameters as Readonly<Record<string, unknown>>)['links']
  const columns = links.find(({ name }) => name === list)?.columns ?? {}
  return Object.fromEntries(Object.entries(columns).map(([name, type]) => [`link.${name}`, type]))
}
