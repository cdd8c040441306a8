// Tries the mutants that `try.mjs` names on the cases that come to them, and says of each what came of it.
import { pathToFileURL } from 'node:url'
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core'

const MOST_HITS = 100
const space = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {})

const { MUTANT_AT_LOAD: atLoad } = process.env
if (atLoad !== undefined) {
  space.activeMutant = atLoad
  const { allCases } = await import(pathToFileURL(`${process.cwd()}/test/mutation/cases/all.ts`).href)
  for (const one of allCases(process.env.MUTANT_CASES || undefined)) if ((await failure(one)) !== undefined) process.exit(1)
  process.exit(0)
}

process.on('message', async (ids) => {
  const { allCases } = await import(pathToFileURL(`${process.cwd()}/test/mutation/cases/all.ts`).href)
  const cases = allCases(process.env.MUTANT_CASES || undefined)
  const timed = []
  for (const one of cases) {
    space.currentTestId = one.name
    const start = performance.now()
    const problem = await failure(one)
    if (problem !== undefined) {
      process.send({ failed: `${one.name}: ${problem}` }, () => process.exit(1))
      return
    }
    timed.push({ one, took: performance.now() - start })
    process.send({})
  }
  space.currentTestId = undefined
  const { static: always = {}, perTest = {} } = space.mutantCoverage ?? {}
  // Cases that were quick come first, and among them the one that noticed the last mutant.
  timed.sort((a, b) => a.took - b.took)
  let last
  for (const id of ids) {
    if (always[id] !== undefined) {
      process.send({ id, status: 'at load' })
      continue
    }
    process.send({ id, status: 'trying' })
    const covering = timed.filter(({ one }) => perTest[one.name]?.[id]).map(({ one }) => one)
    if (last && covering.includes(last)) covering.unshift(last)
    const hits = Math.max(...timed.map(({ one }) => perTest[one.name]?.[id] ?? 0))
    let status = covering.length === 0 ? 'uncovered' : 'survived'
    for (const one of covering) {
      space.activeMutant = id
      space.hitCount = 0
      space.hitLimit = MOST_HITS * hits + 1000
      const problem = await failure(one)
      space.activeMutant = undefined
      if (problem === undefined) continue
      last = one
      status = 'noticed'
      // A case that has kept something of the mutant would notice every later one.
      if ((await failure(one)) !== undefined) {
        process.send({ id, status }, () => process.exit(0))
        return
      }
      break
    }
    process.send({ id, status })
  }
  process.exit(0)
})

async function failure({ run }) {
  try {
    await run()
    return undefined
  } catch (error) {
    return String(error).slice(0, 300)
  }
}
