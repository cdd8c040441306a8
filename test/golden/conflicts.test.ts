/** The exact scripts and verdicts of small behaviours. `FLEETPROOF_REWRITE=1` writes them anew; the difference is to be read. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { check } from '../../src/engine-check.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'

const folder = new URL('conflicts/', import.meta.url)
const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

/** The file, written first where a rewrite is asked for. */
function kept(name: string, text: string): string {
  const file = new URL(name, folder)
  if (process.env['FLEETPROOF_REWRITE'] !== undefined) writeFileSync(file, text)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

describe.each(readdirSync(folder).filter((file) => file.endsWith('.yaml')))('%s', (file) => {
  it('asks what it asked and answers what it answered', async () => {
    const scripts: string[] = []
    const heard = {
      askAll: (asked: readonly string[], options?: Parameters<typeof solvers.askAll>[1]) => {
        scripts.push(...asked)
        return solvers.askAll(asked, options)
      },
    }
    const source = { name: file, text: readFileSync(new URL(file, folder), 'utf8') }
    const report = await check({ sources: [{ format: 'native', source }] }, heard)
    const stem = file.replace('.yaml', '')
    const questions = scripts.map((script, index) => `; question ${index + 1}\n${script.trim()}\n`).join('\n')
    const answer = `${JSON.stringify(report, null, 2)}\n`
    expect(questions).toBe(kept(`${stem}.smt2`, questions))
    expect(answer).toBe(kept(`${stem}.answer.json`, answer))
  })
})
