/** Numbers that rules compare with: a parameter to move, and how far. */
import type { Automation, AutomationExpression } from '../model/automation.ts'
import type { Candidate } from './edit.ts'

/** The numbers in the guard and in the conditions of triggers, in the order in which they are read. */
export function numbersIn({ triggers, guard }: Automation): readonly number[] {
  const found: number[] = []
  const walk = (expression: AutomationExpression): void => {
    if (expression.is === 'value' && typeof expression.value === 'number') found.push(expression.value)
    if (expression.is === 'apply') expression.arguments.forEach(walk)
  }
  for (const trigger of triggers) if (trigger.on === 'becomes') walk(trigger.condition)
  walk(guard)
  return found
}

/** Two thresholds that are too near each other are moved apart: the one to the other, and by small and larger parts of them. */
export function movedNumbers(rules: readonly Automation[]): readonly Candidate[] {
  const own = rules.map((rule) => ({ rule, numbers: numbersIn(rule) }))
  const found: Candidate[] = []
  for (const { rule, numbers } of own)
    for (const [nth, from] of numbers.entries())
      for (const other of own) {
        if (other.rule === rule) continue
        for (const to of new Set(other.numbers.flatMap((number) => [number, number - 1, number + 1])))
          if (to !== from)
            found.push({
              sort: 'parameter',
              says: `"${rule.name}" compares with ${to} in place of ${from}`,
              edits: [{ is: 'number', automation: rule.id, nth, from, to }],
            })
      }
  return found.sort((a, b) => moved(a) - moved(b)).slice(0, 8)
}

const moved = ({ edits: [edit] }: Candidate): number => (edit?.is === 'number' ? Math.abs(edit.to - edit.from) : 0)
