// Places for the nodes of a conflict graph: rules on the left by application, actuators on the right, each side ordered so that few edges cross.
import type { ConflictGraph } from './conflict-graph.ts'

export interface LaidOut {
  /** Order from top to bottom. */
  readonly rules: readonly string[]
  readonly actuators: readonly string[]
}

const SWEEPS = 8

/** Orders both sides by the mean place of their neighbours, several times over; rules of one application stay together. Source: the barycentre method of Sugiyama, Tagawa and Toda, 1981. */
export const layOut = (graph: ConflictGraph): LaidOut => {
  let rules = graph.rules.map(({ id }) => id)
  let actuators = [...graph.actuators]
  const application = new Map(graph.rules.map(({ id, application: name }) => [id, name]))
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    actuators = ordered(
      actuators,
      means(
        graph.edges.map(({ actuator, rule }) => [actuator, rule]),
        rules,
      ),
    )
    const byRule = means(
      graph.edges.map(({ actuator, rule }) => [rule, actuator]),
      actuators,
    )
    const blocks = new Map<string, string[]>()
    for (const rule of rules) {
      const name = application.get(rule) ?? ''
      blocks.set(name, [...(blocks.get(name) ?? []), rule])
    }
    const mean = (block: readonly string[]): number => block.reduce((sum, rule) => sum + (byRule.get(rule) ?? 0), 0) / block.length
    rules = [...blocks]
      .sort(([a, one], [b, other]) => mean(one) - mean(other) || (a < b ? -1 : 1))
      .flatMap(([, block]) => ordered(block, byRule))
  }
  return { rules, actuators }
}

const means = (pairs: readonly (readonly [string, string])[], against: readonly string[]): ReadonlyMap<string, number> => {
  const place = new Map(against.map((id, index) => [id, index]))
  const sums = new Map<string, { sum: number; count: number }>()
  for (const [of, to] of pairs) {
    const known = sums.get(of) ?? { sum: 0, count: 0 }
    sums.set(of, { sum: known.sum + (place.get(to) ?? 0), count: known.count + 1 })
  }
  return new Map([...sums].map(([id, { sum, count }]) => [id, sum / count]))
}

const ordered = (ids: readonly string[], by: ReadonlyMap<string, number>): string[] =>
  [...ids].sort((a, b) => (by.get(a) ?? 0) - (by.get(b) ?? 0) || (a < b ? -1 : 1))
