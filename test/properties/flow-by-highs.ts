/** Flow problems without bundles, solved level by level as integer programs in the LP format. */
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { columnCosts, forEachEntry } from '../../constraints/problem-reading.ts'

interface Answer {
  readonly Status: string
  readonly ObjectiveValue: number
}

/** The lexicographically best value, or undefined where hard rows cannot hold; every level is held at its best while later ones are minimised. */
export function bestByHighs(problem: AssignmentProblem, solve: (program: string) => Answer): number[] | undefined {
  const constraints: string[] = []
  const { columnStart, memberStart, size } = problem.classes
  for (let c = 0; c < size; c++) {
    const columns = Array.from({ length: columnStart[c + 1]! - columnStart[c]! }, (_, i) => `x${columnStart[c]! + i}`)
    constraints.push(`${columns.join(' + ')} = ${memberStart[c + 1]! - memberStart[c]!}`)
  }
  const objective: string[][] = problem.levels.map((_, level) => [...columnCosts(problem, level)].map((cost, j) => term(cost, `x${j}`)))
  problem.rows.forEach((row, r) => {
    const parts: string[] = []
    forEachEntry(problem, row, (column, coefficient) => parts.push(term(coefficient, `x${column}`)))
    if (parts.length === 0) parts.push('0 x0')
    const { policy } = row
    if (policy.is === 'whole') throw new Error('bundles are not translated')
    const soft = policy.is === 'unit'
    if (Number.isFinite(row.lower)) constraints.push(`${parts.join(' ')} ${soft ? `+ b${r}` : ''} >= ${row.lower}`)
    if (Number.isFinite(row.upper)) constraints.push(`${parts.join(' ')} ${soft ? `- a${r}` : ''} <= ${row.upper}`)
    if (soft) objective[policy.level]!.push(term(policy.weight, `b${r}`), term(policy.weight, `a${r}`))
  })
  const integers = Array.from({ length: problem.columnChoice.length }, (_, j) => `x${j}`).join(' ')
  const values: number[] = []
  for (const terms of objective) {
    const sum = terms.filter((part) => part !== '').join(' ')
    if (sum === '') {
      values.push(0)
      continue
    }
    const answer = solve(
      `Minimize\n obj: ${sum}\nSubject To\n${constraints.map((line, i) => ` c${i}: ${line}`).join('\n')}\nGeneral\n ${integers}\nEnd\n`,
    )
    if (answer.Status === 'Infeasible') return undefined
    if (answer.Status !== 'Optimal') throw new Error(answer.Status)
    const value = Math.round(answer.ObjectiveValue)
    values.push(value)
    constraints.push(`${sum} = ${value}`)
  }
  return values
}

function term(coefficient: number, name: string): string {
  return coefficient === 0 ? '' : `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`
}
