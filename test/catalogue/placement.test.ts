/** Every kind's rows and its reference meaning say the same of every assignment of small fleets; its examples are accepted and rejected. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { placementConstraints } from '../../constraints/placement.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { rowViolation } from '../../constraints/problem-reading.ts'
import { compileAssignment } from '../../src/compile/assignment.ts'
import { expandCounts } from '../../src/compile/expand.ts'
import { int } from '../../src/smt/build.ts'
import { evaluateTerm } from '../../src/smt/evaluate.ts'
import { bestByListing, forEachAuxiliary, forEachCounts } from '../oracle/columns.ts'
import { ALL_KINDS, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)

function compiled(text: string) {
  const { model, fleet } = smallFleet(text)
  const read = compileAssignment(model, fleet, placementConstraints)
  if (!read.ok) throw new Error(read.diagnostics.map(({ message, hint }) => `${message} ${hint ?? ''}`).join('\n'))
  return { model, fleet, problem: read.value.problem }
}

/** Fewest units by which rows of the use are missed, over all auxiliaries that keep the rows which define them. */
function missedBy(problem: AssignmentProblem, use: number, counts: number[]): number {
  let fewest = Infinity
  forEachAuxiliary(problem, counts, () => {
    const rows = problem.rows.filter((row) => row.name.use === use)
    if (rows.some((row) => row.policy.is === 'hard' && rowViolation(problem, row, counts) > 0)) return
    const missed = rows.reduce((sum, row) => sum + rowViolation(problem, row, counts), 0)
    fewest = Math.min(fewest, missed)
  })
  return fewest
}

function meant(problem: AssignmentProblem, use: number, counts: readonly number[]): number {
  return problem.meanings.reduce((sum, meaning) => {
    if (meaning.use !== use) return sum
    const value = evaluateTerm(meaning.violation(), (name) => int(counts[Number(name.slice(1))]!))
    return sum + (value.is === 'int' ? Number(value.value) : NaN)
  }, 0)
}

describe.each(ALL_KINDS)('%s', (kind) => {
  it('counts the same violation by rows and by meaning', () => {
    let [held, broken] = [0, 0]
    for (const seed of SEEDS) {
      const { problem } = compiled(randomModel(seed, { kinds: [kind], policies: ['unit'] }))
      if (problem.auxiliaries.length > 6) continue
      const uses = [...new Set(problem.rows.map(({ name }) => name.use))]
      forEachCounts(problem, (counts) => {
        for (const use of uses) {
          const violation = meant(problem, use, counts)
          if (violation === 0) held++
          else broken++
          const missed = missedBy(problem, use, counts)
          if (missed !== violation) expect(missed, `seed ${seed}, use ${use}, counts ${counts.join(' ')}`).toBe(violation)
        }
      })
    }
    expect(Math.min(held, broken)).toBeGreaterThan(50)
  })

  it('holds by rows where it holds by meaning, all or nothing', () => {
    for (const seed of SEEDS) {
      const { problem } = compiled(randomModel(seed, { kinds: [kind], policies: ['whole'] }))
      if (problem.auxiliaries.length > 6) continue
      const uses = [...new Set(problem.rows.map(({ name }) => name.use))]
      forEachCounts(problem, (counts) => {
        for (const use of uses) {
          const [byRows, byMeaning] = [missedBy(problem, use, counts) === 0, meant(problem, use, counts) === 0]
          if (byRows !== byMeaning) expect(byRows, `seed ${seed}, use ${use}, counts ${counts.join(' ')}`).toBe(byMeaning)
        }
      })
    }
  })
})

describe.each(placementConstraints.map((kind) => [kind.id, kind] as const))('the examples of %s', (id, kind) => {
  const name = id.slice('placement/'.length)
  it.each(['accepts', 'rejects'])('%s', (which) => {
    const path = new URL(`../../constraints/examples/${name}/${which}.yaml`, import.meta.url)
    expect(existsSync(path), path.pathname).toBe(true)
    const text = readFileSync(path, 'utf8')
    const { problem, fleet, model } = compiled(text)
    const expected = parse(readFileSync(new URL(`${which}.expect.yaml`, path), 'utf8')) as {
      devices: Record<string, string> | 'impossible'
      because?: string
    }
    const best = bestByListing(problem)
    const devices =
      best === undefined
        ? 'impossible'
        : Object.fromEntries(
            Array.from(expandCounts(problem, best.counts), (choice, row) => [fleet.ids[row]!, problem.choices[choice]!.id]),
          )
    expect(devices).toEqual(expected.devices)
    const [use] = model.constraints
    if (kind.implicit !== undefined || use === undefined) return
    const read = kind.parameters.parse(use.parameters)
    const group = problem.meanings.find((meaning) => meaning.use === use.index)?.group ?? ''
    expect(kind.because(read, group)).toBe(expected.because)
  })
})
