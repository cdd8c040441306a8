/** Whether running nothing is worth more than a choice: the first level at which the two differ for a class. */
import { columnCosts } from '../../constraints/problem-reading.ts'
import { NONE } from '../model/outcome.ts'
import type { ExplainContext } from './context.ts'

export interface WorthReader {
  /** A sentence where every one of the choices is worth less than nothing to a device of the class. */
  readonly worseThanNothing: (c: number, choices: readonly number[]) => string | undefined
}

export function worthReader({ compiled }: ExplainContext): WorthReader {
  const { problem } = compiled
  let costs: readonly Float64Array[] | undefined
  return {
    worseThanNothing: (c, choices) => {
      costs ??= problem.levels.map((_, level) => columnCosts(problem, level))
      const { columnStart } = problem.classes
      const columns = Array.from({ length: columnStart[c + 1]! - columnStart[c]! }, (_, k) => columnStart[c]! + k)
      const none = columns.find((j) => problem.columnChoice[j] === NONE)
      if (none === undefined) return undefined
      let said: string | undefined
      for (const j of columns) {
        if (!choices.includes(problem.columnChoice[j]!)) continue
        const level = costs.findIndex((cost) => cost[j] !== cost[none])
        const more = level === -1 ? 0 : costs[level]![j]! - costs[level]![none]!
        if (more <= 0) return undefined
        const { name, sense } = problem.levels[level]!
        said ??= `possible, but ${name} is ${more} ${sense === 'maximise' ? 'less' : 'more'} with it than without any variant`
      }
      return said
    },
  }
}
