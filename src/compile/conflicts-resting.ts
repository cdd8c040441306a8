/** A state at rest for kinds that speak of no reaction: any that the ranges allow. */
import type { RestingState } from '../../constraints/reaction.ts'
import { nullValue } from '../../constraints/symbolic-value.ts'
import { symbolicValue } from './conflicts-expression.ts'
import type { ReactionContext } from './conflicts-context.ts'
import { arbitraryState } from './conflicts-state.ts'
import { setOfType } from './conflicts-value-set.ts'

export const restingState = ({ context }: { readonly context: ReactionContext }): RestingState => {
  const { coding, ranges } = context
  const { standing } = arbitraryState(context)
  return {
    standing,
    evaluate: (expression, locals) =>
      symbolicValue(
        expression,
        {
          attribute: (id) => standing(id).value,
          local: (name) => locals?.get(name) ?? nullValue,
          any: (type, part) => coding.valueIn(coding.fresh(`open:${part}`), setOfType(type)),
        },
        coding,
      ),
    other: (attribute, name) => coding.valueIn(`other:${attribute}:${name}`, ranges.attribute(attribute)),
  }
}
