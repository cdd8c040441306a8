/** Components are solved in threads where they are large, once where they are alike, and what a dead thread leaves is said. */
import { afterEach, describe, expect, it } from 'vitest'
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { flowApplies, solveFlow } from '../../src/solve/flow/solve-flow.ts'
import { splitComponents } from '../../src/compile/components.ts'
import { randomFrom } from '../oracle/random-model.ts'

let solvers: Solvers | undefined
afterEach(() => solvers?.close())

const VARIANTS = 20

/** `parts` flows side by side that nothing joins, each of `classes` single devices with their own preferences under caps that bind. */
function sideBySide(parts: number, classes: number): AssignmentProblem {
  const random = randomFrom(11)
  const total = parts * classes
  const width = VARIANTS + 1
  const rows: Row[] = Array.from({ length: parts * VARIANTS }, (_, at) => {
    const [part, v] = [Math.floor(at / VARIANTS), at % VARIANTS]
    return {
      form: {
        is: 'product',
        classes: Int32Array.from({ length: classes }, (_, c) => part * classes + c),
        coefficient: Float64Array.from({ length: VARIANTS + 2 }, (_, k) => (k === v + 2 ? 1 : 0)),
      },
      lower: -Infinity,
      upper: Math.floor((classes * (1 + (v % 3))) / VARIANTS / 1.8),
      policy: { is: 'hard' },
      name: { use: v, group: `part ${part}`, part: '' },
    }
  })
  return {
    choices: ['none', 'unmanaged', ...Array.from({ length: VARIANTS }, (_, v) => `v${v}`)].map((id, k) => ({
      id,
      outcome: k === 0 ? 'none' : k === 1 ? 'unmanaged' : 'variant',
      settings: {},
    })),
    classes: {
      size: total,
      memberStart: Int32Array.from({ length: total + 1 }, (_, c) => c),
      members: Int32Array.from({ length: total }, (_, c) => c),
      columnStart: Int32Array.from({ length: total + 1 }, (_, c) => c * width),
      current: new Int32Array(total).fill(-1),
    },
    columnChoice: Int32Array.from({ length: total * width }, (_, j) => (j % width === 0 ? 0 : (j % width) + 1)),
    levels: [
      {
        name: 'assigned',
        sense: 'maximise',
        offset: 0,
        terms: [{ is: 'choice', cost: Float64Array.from({ length: VARIANTS + 2 }, (_, k) => (k > 1 ? -1 : 0)) }],
      },
      {
        name: 'preference',
        sense: 'maximise',
        offset: 0,
        terms: [
          { is: 'column', cost: Int32Array.from({ length: total * width }, (_, j) => (j % width === 0 ? 0 : -Math.floor(random() * 100))) },
        ],
      },
    ],
    rows,
    bundles: [],
    auxiliaries: [],
    meanings: [],
  }
}

describe('components', () => {
  it('that are large are solved by two threads at once, as they are by none', async () => {
    const problem = sideBySide(4, 2500)
    solvers = createSolvers({ threads: 2 })
    const verdict = await solvers.solveAssignment(problem)
    expect(verdict.is).toBe('solved')
    if (verdict.is !== 'solved') return
    expect(verdict.components.map(({ method }) => method)).toEqual(['flow', 'flow', 'flow', 'flow'])
    expect(verdict.threads).toHaveLength(2)
    const alone = splitComponents(problem).map((component) => {
      const shape = flowApplies(component.problem)
      if ('no' in shape) throw new Error(shape.no)
      return solveFlow(component.problem, shape)
    })
    expect(verdict.components.map(({ value, bound }) => ({ value, bound }))).toEqual(
      alone.map((solution) => solution.is === 'solved' && { value: solution.value, bound: solution.bound }),
    )
  })

  it('that are small need no thread', async () => {
    solvers = createSolvers({ threads: 2 })
    const verdict = await solvers.solveAssignment(sideBySide(4, 40))
    expect(verdict.is).toBe('solved')
    expect(verdict).not.toHaveProperty('threads')
  })

  it('that are stopped in a thread are open, and the next ones are solved', async () => {
    solvers = createSolvers({ threads: 1 })
    const problem = sideBySide(3, 2500)
    const verdict = await solvers.solveAssignment(problem, { signal: AbortSignal.abort() })
    expect(verdict).toMatchObject({ is: 'undecided', why: 'it was stopped', components: [] })
    if (verdict.is === 'undecided')
      expect(verdict.open.map(({ devices, why }) => [devices, why])).toEqual(Array.from({ length: 3 }, () => [2500, 'it was stopped']))
    // No assignment is better than each device's own best.
    if (verdict.is === 'undecided') expect(verdict.bound[0]).toBe(-7500)
    expect((await solvers.solveAssignment(problem)).is).toBe('solved')
  })
})

describe('a thread that runs out of memory', () => {
  it('is replaced, and says so', async () => {
    solvers = createSolvers({ threads: 1, megabytes: 64 })
    // What is asked for is taken apart into values of the thread's own.
    const greedy = `(declare-const x Int)(check-sat)(get-value (${'x '.repeat(2_000_000)}))`
    expect(await solvers.ask(greedy)).toEqual({ is: 'unknown', why: 'the solver ran out of memory or stack' })
    expect(await solvers.ask('(declare-const x Int)(assert (= x 4))(check-sat)')).toMatchObject({ is: 'sat' })
  })
})
