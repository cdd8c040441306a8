/** Variants by id, whatever their settings: which ones a use names, and their coefficients. */
import type { ChoiceSet, Use } from './kind.ts'

interface Naming {
  readonly variant?: string | undefined
  readonly variants?: readonly string[] | undefined
}

/** The ids under `variant` and `variants`, each once. */
export function namedIds({ variant, variants }: Naming): readonly string[] {
  return [...new Set([...(variant === undefined ? [] : [variant]), ...(variants ?? [])])]
}

/** Ids of the model's variants in declared order. */
export function variantIds<P>(use: Use<P>): readonly string[] {
  return [...new Set(use.choices.flatMap((choice) => (choice.variant === undefined ? [] : [choice.variant])))]
}

/** The variants that the parameters name; all where they name none. */
export function listedIds<P extends Naming>(use: Use<P>): readonly string[] {
  const ids = namedIds(use.parameters)
  return ids.length === 0 ? variantIds(use) : ids
}

/** One set per named variant, for the check that it exists. */
export function listedSets({ variant, variants }: Naming): readonly ChoiceSet[] {
  const one: ChoiceSet[] = variant === undefined ? [] : [{ name: variant, variants: [variant], path: ['variant'] }]
  return [...one, ...(variants ?? []).map((id, i) => ({ name: id, variants: [id], path: ['variants', i] }))]
}

/** `a` and `b`, or all variants; for messages. */
export function listedText(parameters: Naming): string {
  const ids = namedIds(parameters)
  return ids.length === 0 ? 'all variants' : ids.map((id) => `\`${id}\``).join(' and ')
}

/** By choice: 1 for every mode of the variant. */
export function variantCoefficient<P>(use: Use<P>, id: string): Float64Array {
  return Float64Array.from(use.choices, (choice) => (choice.variant === id ? 1 : 0))
}
