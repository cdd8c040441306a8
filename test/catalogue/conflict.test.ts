/** Every kind of conflict finds its smallest example, clears its repaired twin and near misses, and names the offenders. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import { check, type ReadBehaviour } from '../../src/engine-check.ts'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const nodeRed: ReadBehaviour = (source) => {
  const read = readNodeRedFlow(source, { application: 'home' })
  return read.ok ? { ...read, value: [read.value] } : read
}

const folderOf = (kind: string): URL => new URL(`../../constraints/examples/${kind.replace('conflict/', '')}/`, import.meta.url)

async function findingsOf(kind: string, file: string): Promise<readonly Finding[]> {
  const source = { name: file, text: readFileSync(new URL(file, folderOf(kind)), 'utf8') }
  const format = file.endsWith('.json') ? 'node-red' : 'native'
  const report = await check({ sources: [{ format, source }] }, solvers, { importers: { 'node-red': nodeRed } })
  if (report.status === 'invalid') throw new Error(report.diagnostics.map(({ message }) => message).join('\n'))
  return report.findings.filter((finding) => finding.kind === kind)
}

describe.each(conflictKinds.map(({ id }) => id))('%s', (kind) => {
  const files = readdirSync(folderOf(kind)).sort()
  const conflict = files.filter((file) => file.startsWith('conflict'))
  const clean = files.filter((file) => !file.startsWith('conflict') && file !== 'found.yaml')

  it('has a conflict, a repaired twin and three near misses', () => {
    expect(conflict).toHaveLength(1)
    expect(files.filter((file) => file.startsWith('repaired'))).toHaveLength(1)
    expect(files.filter((file) => file.startsWith('near-'))).toHaveLength(3)
  })

  it('finds the conflict, says whose it is, and has it confirmed', async () => {
    const found = (await findingsOf(kind, conflict[0]!)).filter(({ verdict }) => verdict === 'conflict')
    expect(found).toHaveLength(1)
    const [finding] = found
    expect(['interpreter', 'structure', 'enumeration']).toContain(finding!.checkedBy)
    for (const rule of kind === 'conflict/dangling-reference' ? [] : finding!.rules) expect(finding!.text).toContain(`\`${rule}\``)
    if (finding!.run !== undefined) expect(finding!.trace.length).toBeGreaterThan(0)
  })

  it.each(clean)('clears %s', async (file) => {
    const findings = await findingsOf(kind, file)
    expect(findings.filter(({ verdict }) => verdict !== 'proved')).toEqual([])
  })
})
