/** Repairs: for most examples of the catalogue one is found and proved, and nothing is offered that does not verify. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check, type CheckInputs } from '../../src/engine-check.ts'
import { fix, withTexts, type FixedFinding } from '../../src/engine-fix.ts'
import { candidatesFor } from '../../src/repair/candidates.ts'
import { not } from '../../src/repair/conditions.ts'
import type { Candidate, Edit } from '../../src/repair/edit.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

const folder = new URL('../../constraints/examples/', import.meta.url)
const kinds = readdirSync(folder).filter((kind) => existsSync(new URL(`${kind}/conflict.yaml`, folder)))

function inputsOf(kind: string): CheckInputs {
  const text = readFileSync(new URL(`${kind}/conflict.yaml`, folder), 'utf8')
  return { sources: [{ format: 'native', source: { name: 'home.yaml', text } }] }
}

async function openIn(inputs: CheckInputs): Promise<ReadonlyMap<string, string>> {
  const report = await check(inputs, solvers)
  if (report.status !== 'checked') throw new Error('it cannot be read')
  return new Map(report.findings.filter(({ verdict }) => verdict !== 'proved').map((one) => [`${one.kind} ${one.subject}`, one.severity]))
}

async function mainFinding(kind: string): Promise<string> {
  const report = await check(inputsOf(kind), solvers)
  if (report.status !== 'checked') throw new Error('it cannot be read')
  return report.findings.find((one) => one.kind === `conflict/${kind}` && one.verdict === 'conflict')!.fingerprint
}

async function fixed(kind: string, candidates?: typeof candidatesFor): Promise<FixedFinding> {
  const result = await fix(inputsOf(kind), solvers, { finding: await mainFinding(kind), repairs: 1, ...(candidates && { candidates }) })
  if (result.status !== 'fixed') throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.findings[0]!
}

/** The change, spoiled: a condition turned round, a change left out, a value moved on. */
function spoiled({ edits, ...rest }: Candidate): readonly Candidate[] {
  const turned = edits.map((edit): Edit => {
    if ('condition' in edit) return { ...edit, condition: not(edit.condition) }
    if (edit.is === 'number') return { ...edit, to: edit.from }
    if (edit.is === 'bounds') return { ...edit, low: -1000, high: 1000 }
    return edit
  })
  const never = edits.map((edit): Edit => ('condition' in edit ? { ...edit, condition: { is: 'value', value: false } } : edit))
  return [
    { ...rest, edits: turned },
    { ...rest, edits: never },
    ...edits.map((_, left) => ({ ...rest, edits: edits.filter((_edit, at) => at !== left) })),
  ]
}

describe('repairs of the examples', () => {
  const helped: string[] = []

  it.each(kinds)('%s: what is offered takes the conflict away, adds none, and keeps every comment', { timeout: 60_000 }, async (kind) => {
    const { finding, repairs } = await fixed(kind)
    const before = await openIn(inputsOf(kind))
    for (const { files } of repairs) {
      helped.push(kind)
      const after = await openIn(withTexts(inputsOf(kind), new Map(files.map(({ name, after: text }) => [name, text]))))
      expect(after.has(`${finding.kind} ${finding.subject}`)).toBe(false)
      expect([...after].filter(([key, severity]) => severity !== 'relation' && !before.has(key))).toEqual([])
      for (const { before: old, after: text } of files) {
        const [first] = old.split('\n')
        expect(text.split('\n')[0]).toBe(first)
        // Few lines change: a repair is no rewriting.
        expect(text.split('\n').filter((line) => !old.includes(line)).length).toBeLessThanOrEqual(4)
      }
    }
  })

  it('are found for four of five', () => {
    expect(new Set(helped).size / kinds.length).toBeGreaterThanOrEqual(0.8)
  })

  it('are the two guards of the picture for heating against airing', async () => {
    const { repairs } = await fixed('opposing-effects')
    expect(repairs[0]!.files[0]!.after).toContain('if: "!window.open"')
    expect(repairs[0]!.files[0]!.after).toContain('if: "!heater.power"')
  })
})

describe('changes that were spoiled', () => {
  it.each(['opposing-effects', 'duplicate', 'safety-property', 'race', 'unavailable-input'])(
    '%s: are refused, or help in truth',
    { timeout: 120_000 },
    async (kind) => {
      let tried = 0
      const worse: typeof candidatesFor = (behaviour, finding) => {
        const all = candidatesFor(behaviour, finding).slice(0, 4).flatMap(spoiled)
        tried = all.length
        return all
      }
      const { finding, repairs, refused } = await fixed(kind, worse)
      expect(tried).toBeGreaterThan(3)
      expect(refused.length).toBeGreaterThan(1)
      for (const { files } of repairs) {
        const after = await openIn(withTexts(inputsOf(kind), new Map(files.map(({ name, after: text }) => [name, text]))))
        expect(after.has(`${finding.kind} ${finding.subject}`)).toBe(false)
      }
    },
  )

  it('are refused where a rule could act no more', async () => {
    const dead: typeof candidatesFor = (_, { rules }) => [
      {
        sort: 'exclusion',
        says: 'nobody acts',
        edits: rules.map((automation): Edit => ({ is: 'guard', automation, condition: { is: 'value', value: false } })),
      },
    ]
    const { repairs, refused } = await fixed('opposing-effects', dead)
    expect(repairs).toEqual([])
    expect(refused[0]!.why).toContain('nothing can start')
  })
})
