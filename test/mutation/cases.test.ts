/** What mutants are tried on holds for the code as it is. */
import { describe, it } from 'vitest'
import { allCases } from './cases/all.ts'

describe('cases for mutants', () => {
  it.each(allCases().map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
    await run()
  })
})
