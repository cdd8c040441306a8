/** Expressions of the neutral model as the project's own YAML writes them. */
import type { AutomationExpression } from '../model/automation.ts'
import { operatorWords } from '../model/operator-words.ts'

/** Nothing where the language has no words for it. `nameOf`: how an attribute is called in the file. */
export function celText(expression: AutomationExpression, nameOf: (attribute: string) => string | undefined): string | undefined {
  switch (expression.is) {
    case 'value':
      return JSON.stringify(expression.value)
    case 'read':
      return nameOf(expression.attribute)
    case 'local':
    case 'any':
      return undefined
    case 'apply': {
      const parts = expression.arguments.map((one) => celText(one, nameOf))
      if (parts.some((part) => part === undefined)) return undefined
      const wrapped = parts.map((part, at) =>
        expression.arguments[at]!.is === 'apply' && !isNegation(expression.arguments[at]!) ? `(${part!})` : part!,
      )
      if (expression.operator === 'not') return `!${wrapped[0]!}`
      const word = infix.get(expression.operator)
      return word === undefined ? undefined : wrapped.join(` ${word} `)
    }
  }
}

const isNegation = (expression: AutomationExpression): boolean => expression.is === 'apply' && expression.operator === 'not'

/** The word of an operator that stands between its terms. */
const infix: ReadonlyMap<string, string> = new Map(Object.entries(operatorWords).map(([word, operator]) => [operator, word]))
