/** The model with every expression checked and every constraint read by its kind: what compiling starts from, or all that is wrong. */
import type { ChoiceSet, ConstraintKind, Judged, Seen } from '../../constraints/kind.ts'
import type { Location, Read } from '../diagnostics/diagnostic.ts'
import { pointer, type DocumentPath } from '../diagnostics/document.ts'
import { readShape } from '../diagnostics/shape.ts'
import { maybe } from '../diagnostics/suggest.ts'
import { choiceScope, fleetScope, groupScope, judgedScope, variantScope, type Scope } from '../expression/scope.ts'
import type { TypedExpression } from '../expression/typed.ts'
import { unitOf } from '../expression/types.ts'
import type { ConstraintUse, ExpressionText, FleetModel, Variant } from '../model/fleet-model.ts'
import { checkLink, type CheckedLink } from './checked-link.ts'
import { checked, type Checking } from './checking.ts'
import { UNITS } from '../model/units.ts'
import { tooManyModes } from './choices.ts'

export interface CheckedVariant {
  readonly variant: Variant
  readonly requires?: TypedExpression
  readonly rules: readonly { readonly if: TypedExpression; readonly then: TypedExpression }[]
  readonly prefers?: TypedExpression
  readonly uses: Readonly<Record<string, Amount>>
}

/** Of a resource, in its canonical unit where a number. */
export type Amount = number | TypedExpression

export interface CheckedUse {
  readonly use: ConstraintUse
  readonly kind: ConstraintKind
  readonly parameters: unknown
  readonly sees: readonly { readonly seen: Seen; readonly typed: TypedExpression }[]
  readonly sets: readonly { readonly set: ChoiceSet; readonly where?: TypedExpression }[]
  readonly judges: readonly { readonly judged: Judged; readonly typed: TypedExpression }[]
  readonly links: readonly CheckedLink[]
  readonly resources: readonly string[]
}

export interface CheckedModel {
  readonly variants: readonly CheckedVariant[]
  readonly uses: readonly CheckedUse[]
  readonly unmanagedUses: Readonly<Record<string, Amount>>
  readonly current?: { readonly variant: TypedExpression; readonly settings: Readonly<Record<string, TypedExpression>> }
  readonly earlier?: {
    readonly outcome: TypedExpression
    readonly variant: TypedExpression
    readonly settings: Readonly<Record<string, TypedExpression>>
  }
  readonly leave?: TypedExpression
}

export function checkModel(model: FleetModel, kinds: readonly ConstraintKind[]): Read<CheckedModel> {
  const checking: Checking = { model, diagnostics: [...tooManyModes(model)] }
  const variants = model.variants.map((variant) => checkVariant(checking, variant))
  const fleet = fleetScope(model)
  const { current } = model
  const running = current && {
    variant: checked(checking, current.variant, fleet, 'key'),
    settings: Object.entries(current.settings).map(([name, text]) => [name, checked(checking, text, fleet, 'key')] as const),
  }
  const { earlier } = model
  const before = earlier && {
    outcome: checked(checking, earlier.outcome, fleet, 'key')!,
    variant: checked(checking, earlier.variant, fleet, 'key')!,
    settings: Object.fromEntries(Object.entries(earlier.settings).map(([name, text]) => [name, checked(checking, text, fleet, 'key')!])),
  }
  const leave = model.leave && checked(checking, model.leave, fleet, 'bool')
  const unmanagedUses = checkAmounts(checking, model.unmanagedUses, fleet)
  const uses = model.constraints.flatMap((use) => checkUse(checking, use, kinds) ?? [])
  const { diagnostics } = checking
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  const value: CheckedModel = {
    variants: variants as readonly CheckedVariant[],
    uses,
    unmanagedUses,
    ...(running && {
      current: { variant: running.variant!, settings: Object.fromEntries(running.settings) as Readonly<Record<string, TypedExpression>> },
    }),
    ...(before && { earlier: before }),
    ...(leave && { leave }),
  }
  return { ok: true, value, diagnostics }
}

function checkVariant(checking: Checking, variant: Variant): CheckedVariant | undefined {
  const scope = variantScope(checking.model, variant)
  const requires = variant.requires && checked(checking, variant.requires, fleetScope(checking.model), 'bool')
  const prefers = variant.prefers && checked(checking, variant.prefers, scope, 'number')
  const uses = checkAmounts(checking, variant.uses, scope)
  const rules = variant.rules.map((rule) => ({
    if: checked(checking, rule.if, scope, 'bool'),
    then: checked(checking, rule.then, scope, 'bool'),
  }))
  if (rules.some((rule) => rule.if === undefined || rule.then === undefined)) return undefined
  return { variant, ...(requires && { requires }), rules: rules as CheckedVariant['rules'], ...(prefers && { prefers }), uses }
}

/** Amounts that are wrong are left out, having been said. */
function checkAmounts(checking: Checking, amounts: Variant['uses'], scope: Scope): Readonly<Record<string, Amount>> {
  const entries = Object.entries(amounts).flatMap(([resource, amount]) => {
    const typed = typeof amount === 'number' ? amount : checked(checking, amount, scope, 'number')
    return typed === undefined ? [] : [[resource, typed] as const]
  })
  return Object.fromEntries(entries)
}

function checkUse(checking: Checking, use: ConstraintUse, kinds: readonly ConstraintKind[]): CheckedUse | undefined {
  const { model, diagnostics } = checking
  const fail = (code: string, message: string, hint: { readonly hint?: string } = {}): undefined => {
    diagnostics.push({ code, severity: 'error', message, ...hint, at: use.at })
    return undefined
  }
  const kind = kinds.find(({ id }) => id === use.kind)
  if (kind === undefined) {
    const known = kinds.filter(({ implicit }) => implicit === undefined).map(({ id }) => writtenName(id))
    const nearest = maybe(writtenName(use.kind), known)
    const hint = nearest.hint === undefined ? { hint: `maybe one of ${known.join(', ')}` } : nearest
    fail('model/unknown-kind', `no kind of constraint is called \`${writtenName(use.kind)}\``, hint)
    return
  }
  const name = writtenName(kind.id)
  if (kind.implicit !== undefined) {
    fail('model/implicit-kind', `\`${name}\` is not listed among the constraints`, {
      hint: `maybe under the variant: ${kind.implicit}`,
    })
    return
  }
  if (!kind.policies.includes(use.policy.is)) {
    fail('model/policy', `\`${name}\` cannot be \`${use.policy.is.replaceAll('-', '_')}\` yet`, {
      hint: `maybe one of ${kind.policies.join(', ')}`,
    })
    return
  }
  const path = pathOfParameters(model, use)
  const locate = (at: DocumentPath): Location => placeOf(model, use, at)
  const shape = readShape(kind.parameters, use.parameters, { locate, locateKey: locate }, path)
  diagnostics.push(...(shape.ok ? [] : shape.diagnostics))
  if (!shape.ok) return undefined
  if (kind.fromConflicts?.wanted(shape.value) === true) {
    diagnostics.push({
      code: 'model/wrong-value',
      severity: 'error',
      message: 'nothing says what conflicts: give `pairs` or `sets`',
      hint: 'maybe a `behaviour` for each variant, so that it can be analysed',
      at: locate(path),
    })
    return undefined
  }
  const scope = fleetScope(model)
  const textAt = (text: string, at: DocumentPath): ExpressionText => ({ text, at: locate([...path, ...at]) })
  const sees: { readonly seen: Seen; readonly typed: TypedExpression | undefined }[] = []
  for (const seen of kind.sees(shape.value)) {
    const key = sees.find((one) => one.seen.name === seen.group)?.typed
    const typed = checked(checking, textAt(seen.text, seen.path), key?.type.is === 'device' ? groupScope(model) : scope, seen.yields)
    sees.push({ seen, typed })
    const unit = typed && UNITS.get(unitOf(typed.type) ?? '')
    const dimension = seen.resource === undefined ? undefined : model.resources?.[seen.resource]
    if (unit === undefined || dimension === undefined || unit.dimension === dimension) continue
    const message = `\`${seen.text}\` is ${unit.dimension}, but \`${seen.resource!}\` is used as ${dimension}`
    diagnostics.push({ code: 'model/other-dimension', severity: 'error', message, at: locate([...path, ...seen.path]) })
  }
  const judges = (kind.judges?.(shape.value) ?? []).map((judged) => ({
    judged,
    typed: checked(checking, textAt(judged.text, judged.path), judgedScope(model), judged.yields),
  }))
  const links = (kind.links?.(shape.value) ?? []).map((linked) => checkLink(checking, linked, textAt))
  const resources = (kind.resources?.(shape.value) ?? []).map(({ name: resource, path: at }) => {
    const known = [...new Set([...model.variants.flatMap((variant) => Object.keys(variant.uses)), ...Object.keys(model.unmanagedUses)])]
    if (!known.includes(resource)) {
      const message = `nothing uses a resource called \`${resource}\``
      diagnostics.push({
        code: 'model/unknown-resource',
        severity: 'warning',
        message,
        ...maybe(resource, known),
        at: locate([...path, ...at]),
      })
    }
    return resource
  })
  const ids = model.variants.map(({ id }) => id)
  const sets = kind.sets(shape.value).map((set) => {
    for (const id of set.variants ?? []) {
      if (ids.includes(id)) continue
      const many = Array.isArray(parameterAt(use.parameters, set.path))
      const at = locate([...path, ...set.path, ...(many ? [(set.variants ?? []).indexOf(id)] : [])])
      diagnostics.push({
        code: 'model/unknown-variant',
        severity: 'error',
        message: `no variant is called \`${id}\``,
        ...maybe(id, ids),
        at,
      })
    }
    if (set.where === undefined) return { set }
    const where = checked(checking, { text: set.where, at: locate([...path, ...set.path]) }, choiceScope(model), 'bool')
    return where === undefined ? { set } : { set, where }
  })
  if ([...sees, ...judges].some(({ typed }) => typed === undefined) || links.includes(undefined)) return undefined
  return {
    use,
    kind,
    parameters: shape.value,
    sees: sees as CheckedUse['sees'],
    sets,
    judges: judges as CheckedUse['judges'],
    links: links as CheckedUse['links'],
    resources,
  }
}

/** `each_used` of `placement/each-used`: as the user writes it. */
function writtenName(kind: string): string {
  return kind.slice(kind.indexOf('/') + 1).replaceAll('-', '_')
}

function pathOfParameters(model: FleetModel, use: ConstraintUse): DocumentPath {
  const name = writtenName(use.kind)
  const written = [name, name.replaceAll('_', '-')].find((key) => model.places.has(pointer(['constraints', use.index, key])))
  return ['constraints', use.index, written ?? name]
}

/** The place of a path in the model, or of the nearest value above it that has one. */
function placeOf(model: FleetModel, use: ConstraintUse, path: DocumentPath): Location {
  for (let length = path.length; length > 1; length--) {
    const place = model.places.get(pointer(path.slice(0, length)))
    if (place !== undefined) return place
  }
  return use.at
}

function parameterAt(parameters: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined),
    parameters,
  )
}
