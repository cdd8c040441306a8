/** Kinds that speak of each variant on its own, whatever its settings: which variants, and their coefficients. */
import type { ChoiceSet, Use } from './kind.ts'
import { variantId } from './selecting.ts'
import { z } from 'zod'

/** Parameters of kinds that speak of each of several variants. */
export const listing = {
  variant: variantId.optional().describe('one variant'),
  variants: z.array(variantId).min(1).optional().describe('several variants, each on its own; all where absent'),
}

interface Listing {
  readonly variant?: string | undefined
  readonly variants?: readonly string[] | undefined
}

const named = ({ variant, variants }: Listing): readonly string[] => [...(variant === undefined ? [] : [variant]), ...(variants ?? [])]

/** Ids of the model's variants in declared order. */
export function variantIds<P>(use: Use<P>): readonly string[] {
  return [...new Set(use.choices.flatMap((choice) => (choice.variant === undefined ? [] : [choice.variant])))]
}

/** The variants that the parameters name, each once; all where they name none. */
export function listed<P extends Listing>(use: Use<P>): readonly string[] {
  const ids = named(use.parameters)
  return ids.length === 0 ? variantIds(use) : [...new Set(ids)]
}

/** One set per named variant, for the check that it exists. */
export function listedSets(parameters: Listing): readonly ChoiceSet[] {
  const one: ChoiceSet[] =
    parameters.variant === undefined ? [] : [{ name: parameters.variant, variants: [parameters.variant], path: ['variant'] }]
  return [...one, ...(parameters.variants ?? []).map((id, i) => ({ name: id, variants: [id], path: ['variants', i] }))]
}

/** `a` and `b`, or all variants; for messages. */
export function listedText(parameters: Listing): string {
  const ids = named(parameters)
  return ids.length === 0 ? 'all variants' : ids.map((id) => `\`${id}\``).join(' and ')
}

/** By choice: 1 for every mode of the variant. */
export function variantCoefficient<P>(use: Use<P>, id: string): Float64Array {
  return Float64Array.from(use.choices, (choice) => (choice.variant === id ? 1 : 0))
}
