/** Why a device may not run a variant: the first part of the requirement that does not hold, with what the device has, or the rule that excludes every setting. */
import type { CheckedVariant } from '../compile/checked-model.ts'
import { fixedFor, mayEnd } from '../compile/eligibility.ts'
import { checkExpression } from '../expression/check.ts'
import { rowLookup } from '../expression/column-source.ts'
import { evaluate, missingIn, type Lookup } from '../expression/evaluate.ts'
import { numberName } from '../expression/number-name.ts'
import { fleetScope } from '../expression/scope.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { Reason } from '../model/assignment.ts'
import type { ExpressionType, ExpressionValue } from '../model/expression-type.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import { conjuncts } from './change-model.ts'
import type { ExplainContext } from './context.ts'

interface Part {
  readonly text: ExpressionText
  readonly typed: TypedExpression
}

/** Requirements taken apart once, asked for many devices. */
export interface RequirementReader {
  /** Few rules that together exclude every mode, none of them to spare; none where some mode is left. */
  readonly rules: (row: number, variant: number) => readonly number[]
  /** Undefined where the device may run the variant in some mode that is meant (absent: in any). */
  readonly reason: (row: number, variant: number, meant?: (choice: number) => boolean) => Reason | undefined
  /** The parts of the requirement that hold for the device and those that do not, in order. */
  readonly parts: (row: number, variant: number) => { readonly hold: readonly ExpressionText[]; readonly fail: readonly ExpressionText[] }
}

export function requirementReader(context: ExplainContext): RequirementReader {
  const { compiled, model } = context
  const types = fleetScope(model).names
  const parts = compiled.checked.variants.map((variant) => partsOf(context, variant))
  return {
    rules: (row, v) => excludingRules(context, row, v, () => true),
    parts: (row, v) => {
      const lookup = rowLookup(context.fleet, row)
      const of = (holds: boolean): readonly ExpressionText[] =>
        parts[v]!.filter(({ typed }) => (evaluate(typed, lookup) === true) === holds).map(({ text }) => text)
      return { hold: of(true), fail: of(false) }
    },
    reason: (row, v, meant = () => true) => {
      const { first } = compiled.choices
      for (let choice = first[v]!; choice < first[v + 1]!; choice++)
        if (meant(choice) && mayEnd(compiled.options, row, choice)) return undefined
      const lookup = rowLookup(context.fleet, row)
      const variant = compiled.checked.variants[v]!.variant.id
      for (const part of parts[v]!) {
        if (evaluate(part.typed, lookup) === true) continue
        return { kind: 'placement/requirement', variant, text: needs(part, lookup, types), at: part.text.at }
      }
      return ruleReason(context, row, v, meant)
    },
  }
}

/** The operands of the requirement's outermost `&&`, each with its own text and place. */
function partsOf(context: ExplainContext, { variant }: CheckedVariant): readonly Part[] {
  const { requires } = variant
  if (requires === undefined) return []
  const scope = fleetScope(context.model)
  return conjuncts(requires).flatMap((text) => {
    const read = checkExpression(text, scope, 'bool')
    return read.ok ? [{ text, typed: read.value }] : []
  })
}

/** `needs device.ram >= 512, has 256 MB`. */
function needs({ text, typed }: Part, lookup: Lookup, types: Readonly<Record<string, ExpressionType>>): string {
  const missing = missingIn(typed, lookup)
  if (missing.length > 0) return `needs ${text.text}, but ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not known`
  const paths = pathsOf(typed)
  const values = paths.map((path) => valueText(lookup(path), types[path]))
  if (paths.length === 1) return `needs ${text.text}, has ${values[0]!}`
  return `needs ${text.text}, has ${paths.map((path, i) => `${path} ${values[i]!}`).join(', ')}`
}

function valueText(value: ExpressionValue, type: ExpressionType | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' && type !== undefined) {
    if (type.is === 'time') return new Date(value).toISOString()
    const unit = (type.is === 'int' || type.is === 'decimal') && type.unit !== undefined ? ` ${type.unit}` : ''
    return `${numberName(value, type)}${unit}`
  }
  return typeof value === 'object' ? `[${value.join(', ')}]` : typeof value === 'string' ? `"${value}"` : String(value)
}

function excludingRules(context: ExplainContext, row: number, v: number, meant: (choice: number) => boolean): readonly number[] {
  const { compiled, fleet } = context
  const { rules } = compiled.checked.variants[v]!
  const modes: number[] = []
  for (let choice = compiled.choices.first[v]!; choice < compiled.choices.first[v + 1]!; choice++) if (meant(choice)) modes.push(choice)
  const excludedBy = rules.map((rule) => {
    const excludes = (choice: number): boolean => {
      const { settings } = compiled.choices.list[choice]!
      const value = (typed: TypedExpression): ExpressionValue => evaluate(typed, rowLookup(fleet, row, fixedFor(typed, settings)))
      const condition = value(rule.if)
      return condition !== false && (condition !== true || value(rule.then) !== true)
    }
    return new Set(modes.filter(excludes))
  })
  let excluding = rules.map((_, r) => r)
  const all = (of: readonly number[]): boolean => modes.every((choice) => of.some((r) => excludedBy[r]!.has(choice)))
  if (excluding.length === 0 || !all(excluding)) return []
  // The rules that exclude least are left out first.
  for (const r of [...excluding].sort((a, b) => excludedBy[a]!.size - excludedBy[b]!.size || b - a)) {
    const without = excluding.filter((other) => other !== r)
    if (all(without)) excluding = without
  }
  return excluding
}

function ruleReason(context: ExplainContext, row: number, v: number, meant: (choice: number) => boolean): Reason | undefined {
  const { compiled, fleet } = context
  const { variant, rules } = compiled.checked.variants[v]!
  const excluding = excludingRules(context, row, v, meant)
  if (excluding.length === 0) return undefined
  const texts = excluding.map((r) => `\`if ${variant.rules[r]!.if.text}, then ${variant.rules[r]!.then.text}\``)
  const what = variant.settings.length === 0 ? 'excludes it' : 'leaves no setting'
  const read = excluding.flatMap((r) => [...pathsOf(rules[r]!.if), ...pathsOf(rules[r]!.then)]).filter((path) => path.startsWith('device.'))
  const types = fleetScope(context.model).names
  const facts = [...new Set(read)].map((path) => `${path} ${valueText(rowLookup(fleet, row)(path), types[path])}`)
  const has = facts.length === 0 ? '' : `; it has ${facts.join(', ')}`
  const text = texts.length === 1 ? `the rule ${texts[0]!} ${what}${has}` : `the rules ${texts.join(' and ')} leave no setting${has}`
  return { kind: 'placement/requirement', variant: variant.id, text, at: variant.rules[excluding[0]!]!.then.at }
}
