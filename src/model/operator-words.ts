/** Operators that stand between two terms, by their words in the project's own expressions. */
import type { AutomationOperator } from './automation.ts'

export const operatorWords: Readonly<Record<string, AutomationOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': 'mod',
  '&&': 'and',
  '||': 'or',
}
