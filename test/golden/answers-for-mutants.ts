// Writes the answers that mutants of the checker are tried on, with what the checker says of them: run it when certificates change, and read the difference.
import { writeFileSync } from 'node:fs'
import { runAssignment } from '../../src/engine.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Method } from '../../src/solve/solvers.ts'
import { allSaid, FILE, type Answered } from '../mutation/cases/bundles.ts'
import { modelText } from '../mutation/cases/models.ts'
import { allFlows, FLOW_FILE } from '../mutation/cases/flow.ts'
import { allProved, RANDOM_FILE } from '../mutation/cases/random.ts'

/** Answers kept for each sort of certificate. */
const KEPT: Readonly<Record<string, number>> = { prices: 22, sites: 14, levels: 18, enumeration: 6, refutation: 3 }
const names = [
  ...Array.from({ length: 10 }, (_, seed) => `places ${seed}`),
  ...Array.from({ length: 6 }, (_, seed) => `near ${seed}`),
  ...Array.from({ length: 4 }, (_, seed) => `sites ${seed}`),
  ...Array.from({ length: 220 }, (_, seed) => `random ${seed}`),
]
const solvers = createSolvers({ threads: 2 })
const open = (): never => {
  throw new Error('the devices stand in the model')
}
const kept = new Map<string, number>()
const found: Answered[] = []
const seen = new Set<string>()
for (const model of names) {
  for (const force of [undefined, 'highs', 'flow', 'sites', 'z3'] as const satisfies readonly (Method | undefined)[]) {
    const { result } = await runAssignment(
      { model: { name: 'model.yaml', text: modelText(model) }, open },
      solvers,
      force && { limits: { force, milliseconds: 3_000 } },
    )
    if (result.status !== 'assigned') continue
    const certificates = JSON.parse(JSON.stringify(result.certificates)) as Answered['certificates']
    const text = JSON.stringify(certificates)
    const sorts = [...new Set(certificates.map(({ is }) => is))]
    if (text.length > 6_000 || seen.has(text) || !sorts.some((is) => (kept.get(is) ?? 0) < (KEPT[is] ?? 0))) continue
    seen.add(text)
    for (const is of sorts) kept.set(is, (kept.get(is) ?? 0) + 1)
    const { choices, chosen } = result.assignment
    const answered = { model, choices, chosen: [...chosen], levels: result.levels.map((level) => ({ ...level })), certificates }
    found.push({ ...answered, said: await allSaid(JSON.parse(JSON.stringify(answered)) as typeof answered) })
  }
}
await solvers.close()
writeFileSync(FILE, `[\n${found.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`)
writeFileSync(FLOW_FILE, `${JSON.stringify(allFlows(), null, 1)}\n`)
writeFileSync(RANDOM_FILE, `${JSON.stringify(allProved(), null, 1)}\n`)
console.log(`${found.length} answers: ${JSON.stringify(Object.fromEntries(kept))}`)
