/** The model with one thing changed, as a value: what explaining tries and the engine solves again. */
import { locate } from '../expression/locate.ts'
import { parseExpression } from '../expression/parse.ts'
import type { ConstraintUse, ExpressionText, FleetModel } from '../model/fleet-model.ts'
import type { SettingValue } from '../model/outcome.ts'

/** What a device is made to end with: a variant, in the settings that are named, or nothing. */
export type Wanted =
  | { readonly is: 'variant'; readonly variant: string; readonly settings: Readonly<Record<string, SettingValue>> }
  | { readonly is: 'nothing' }

/** One more hard constraint, at the end: those before it keep their numbers. */
export function withWanted(model: FleetModel, device: string, wanted: Wanted): FleetModel {
  const of = `device.id == ${JSON.stringify(device)}`
  return withUse(model, ...wantedUse(model, of, wanted))
}

function wantedUse(model: FleetModel, of: string, wanted: Wanted): readonly [kind: string, parameters: unknown] {
  if (wanted.is === 'nothing') return ['placement/quota', { variants: model.variants.map(({ id }) => id), of, max: 0 }]
  const settings = Object.entries(wanted.settings)
  if (settings.length === 0) return ['placement/pin', { of, variant: wanted.variant }]
  const parts = [
    `variant.id == ${JSON.stringify(wanted.variant)}`,
    ...settings.map(([name, value]) => `settings.${name} == ${JSON.stringify(value)}`),
  ]
  return ['placement/quota', { choose: parts.join(' && '), of, min: 1 }]
}

function withUse(model: FleetModel, kind: string, parameters: unknown): FleetModel {
  const use: ConstraintUse = {
    index: model.constraints.length,
    kind,
    parameters,
    policy: { is: 'hard' },
    at: { source: model.source },
  }
  return { ...model, constraints: [...model.constraints, use] }
}

/** The model with only the uses whose index `keep` accepts, numbered anew in order. */
export function withUses(model: FleetModel, keep: (index: number) => boolean): FleetModel {
  const constraints = model.constraints.filter(({ index }) => keep(index)).map((use, index) => ({ ...use, index }))
  return { ...model, constraints }
}

/** The use with the value at `path` of its parameters replaced. */
export function withParameter(model: FleetModel, use: number, path: readonly (string | number)[], value: unknown): FleetModel {
  const constraints = model.constraints.map((one) =>
    one.index === use ? { ...one, parameters: replaced(one.parameters, path, value) } : one,
  )
  return { ...model, constraints }
}

function replaced(before: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value
  if (Array.isArray(before)) return before.map((one: unknown, i) => (i === step ? replaced(one, rest, value) : one))
  const map = before as Readonly<Record<string, unknown>>
  return { ...map, [step]: replaced(map[step], rest, value) }
}

/** The operands of the outermost `&&`s, each with its own place; the whole where there are none. */
export function conjuncts(expression: ExpressionText): readonly ExpressionText[] {
  const parsed = parseExpression(expression)
  if ('code' in parsed) return [expression]
  const found: ExpressionText[] = []
  const open = [parsed]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.op === '&&') open.push(node.args[1], node.args[0])
    else found.push({ text: expression.text.slice(node.start, node.end), at: locate(expression, node.start, node.end) })
  }
  return found
}

/** The variant with only these parts of its requirement; with none of them every device qualifies. */
export function withRequirement(model: FleetModel, variant: string, parts: readonly ExpressionText[]): FleetModel {
  return {
    ...model,
    variants: model.variants.map((one) => {
      if (one.id !== variant) return one
      const { requires, ...rest } = one
      if (requires === undefined || parts.length === 0) return rest
      return { ...rest, requires: { text: parts.map(({ text }) => `(${text})`).join(' && '), at: requires.at } }
    }),
  }
}

/** The variant without the rules whose index `drop` names. */
export function withoutRules(model: FleetModel, variant: string, drop: ReadonlySet<number>): FleetModel {
  return {
    ...model,
    variants: model.variants.map((one) => (one.id === variant ? { ...one, rules: one.rules.filter((_, r) => !drop.has(r)) } : one)),
  }
}
