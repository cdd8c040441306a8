// Analysis of rule sets against every device of a small world, and against what a generator planted.
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { generateRules } from '../../benchmarks/rules-generator.ts'
import { wrongFindings } from '../../benchmarks/rules-truth.ts'
import { analyseRules } from '../../src/engine-rules.ts'
import { conditionHolds, type DeviceValue, type RuleCondition } from '../../src/expression/rule-condition.ts'
import { readConfigurations } from '../../src/formats/azure/read-configurations.ts'
import { readRules } from '../../src/formats/rules/read-rules.ts'
import type { RuleFinding, RuleFindingKind, TargetRule } from '../../src/model/rule-set.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { devices, randomRules } from '../oracle/random-rules.ts'

const solvers = createSolvers()
afterAll(() => solvers.close())
const runs = process.env['FLEETPROOF_LONG'] === '1' ? 1_000 : 60

async function findingsOf(text: string): Promise<readonly RuleFinding[]> {
  const report = await analyseRules([{ name: 'rules.json', text }], solvers)
  if (report.status === 'invalid') throw new Error(JSON.stringify(report.diagnostics))
  return report.findings
}

function conditions(text: string, form: 'own' | 'query'): readonly TargetRule<RuleCondition>[] {
  const read = form === 'own' ? readRules({ name: 'rules.json', text }) : readConfigurations({ name: 'rules.json', text })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return 'rules' in read.value ? read.value.rules : read.value
}

const names = (findings: readonly RuleFinding[], kind: RuleFindingKind, how: (finding: RuleFinding) => string): readonly string[] =>
  findings
    .filter((finding) => finding.kind === kind)
    .map(how)
    .sort()
const ofFirst = ({ rules }: RuleFinding): string => rules[0]!.name
const ofSecond = ({ rules }: RuleFinding): string => rules[1]!.name
const ofPair = ({ rules }: RuleFinding): string => rules.map(({ name }) => name).join('+')

function enumerated(rules: readonly TargetRule<RuleCondition>[], domain: Parameters<typeof devices>[0]) {
  const selected = rules.map(() => new Set<number>())
  const overlaps = new Set<string>()
  const decides = new Set<number>()
  let count = 0
  for (const device of devices(domain)) {
    const here = rules.flatMap(({ condition }, index) => (conditionHolds(condition, (name) => device.get(name)) === true ? [index] : []))
    const highest = Math.max(...here.map((index) => rules[index]!.priority))
    for (const index of here) {
      selected[index]!.add(count)
      if (rules[index]!.priority === highest) decides.add(index)
      for (const other of here)
        if (other > index && rules[other]!.priority === rules[index]!.priority) overlaps.add(`${rules[index]!.name}+${rules[other]!.name}`)
    }
    count++
  }
  const same = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => a.size === b.size && [...a].every((device) => b.has(device))
  const alive = rules.map((_, index) => selected[index]!.size > 0)
  return {
    dead: rules.filter((_, index) => !alive[index]).map(({ name }) => name),
    overlaps: [...overlaps].sort(),
    shadowed: rules.filter((_, index) => alive[index] && !decides.has(index)).map(({ name }) => name),
    duplicates: rules
      .filter((_, index) => alive[index] && selected.some((set, other) => other < index && same(set, selected[index]!)))
      .map(({ name }) => name),
  }
}

describe.each(['own', 'query'] as const)('rules in the %s language', (form) => {
  it('are found to overlap, be dead, shadowed or duplicates exactly where all devices say so', async () => {
    const seen = { dead: 0, overlaps: 0, shadowed: 0, duplicates: 0, clean: 0 }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000 }), async (seed) => {
        const { text, domain } = randomRules(seed, form)
        const rules = conditions(text, form)
        const expected = enumerated(rules, domain)
        const findings = await findingsOf(text)
        const found = {
          dead: names(findings, 'rules/dead', ofFirst),
          overlaps: names(findings, 'rules/overlap', ofPair),
          shadowed: names(findings, 'rules/shadowed', ofFirst),
          duplicates: names(findings, 'rules/duplicate', ofSecond),
        }
        // What is only possible is no claim: it may stand beside what is found, and must not be missing where there is something.
        const open = findings.filter(({ verdict }) => verdict === 'possible')
        const certain = (kind: RuleFindingKind, all: readonly string[], how: (finding: RuleFinding) => string): readonly string[] => {
          const unsure = new Set(names(open, kind, how))
          return all.filter((name) => !unsure.has(name))
        }
        for (const [kind, key, how] of [
          ['rules/dead', 'dead', ofFirst],
          ['rules/overlap', 'overlaps', ofPair],
          ['rules/shadowed', 'shadowed', ofFirst],
        ] as const)
          expect(certain(kind, found[key], how), `${kind} of ${text}`).toEqual(certain(kind, expected[key], how))
        expect(found.duplicates, `duplicates of ${text}`).toEqual(expected.duplicates)
        for (const key of ['dead', 'overlaps', 'shadowed', 'duplicates'] as const) seen[key] += expected[key].length > 0 ? 1 : 0
        seen.clean += findings.length === 0 ? 1 : 0
        expect(open.length, `possible only: ${text}`).toBe(0)
      }),
      { seed: 20260131, numRuns: runs },
    )
    for (const kind of ['dead', 'overlaps', 'shadowed', 'duplicates'] as const) expect(seen[kind], kind).toBeGreaterThanOrEqual(5)
  }, 120_000)

  it('come with witnesses that both conditions select', async () => {
    let witnesses = 0
    for (let seed = 0; seed < 30; seed++) {
      const { text } = randomRules(seed, form)
      const byName = new Map(conditions(text, form).map((rule) => [rule.name, rule.condition]))
      for (const { kind, witness, rules } of await findingsOf(text)) {
        if (kind !== 'rules/overlap') continue
        const device = new Map<string, DeviceValue>(witness!.map(({ name, value }) => [name, value]))
        const inside = (name: string): DeviceValue =>
          device.get(name) ??
          ([...device.keys()].some((key) => key.startsWith(`${name}.`)) ? { is: 'object' } : name === 'device.load' ? 0 : undefined)
        for (const { name } of rules) expect(conditionHolds(byName.get(name)!, inside), `${name} of ${text}`).toBe(true)
        witnesses++
      }
    }
    expect(witnesses).toBeGreaterThan(20)
  }, 60_000)
})

describe.each(['own', 'azure', 'patterns'] as const)('generated rules of form %s', (form) => {
  it('show what was planted and nothing else, each overlap with a device that these two rules select', async () => {
    for (const seed of [1, 2, 3]) {
      const generated = generateRules({ count: 150, seed, form })
      const report = await analyseRules([generated.source], solvers)
      if (report.status === 'invalid') throw new Error(JSON.stringify(report.diagnostics))
      expect(wrongFindings(generated, report.findings)).toEqual([])
      expect(Object.values(generated.planted).map(({ length }) => length)).toEqual([6, 6, 12, 6])
    }
  }, 60_000)

  it('show a planted rule that is not looked for, and a device that is another', async () => {
    const generated = generateRules({ count: 60, seed: 4, form })
    const report = await analyseRules([generated.source], solvers)
    if (report.status === 'invalid') throw new Error(JSON.stringify(report.diagnostics))
    const { findings } = report
    expect(findings.length).toBeGreaterThan(5)
    for (const [at, finding] of findings.entries()) {
      expect(
        wrongFindings(
          generated,
          findings.filter((_, other) => other !== at),
        ),
      ).toHaveLength(1)
      if (finding.witness === undefined) continue
      const empty = findings.map((other) => (other === finding ? { ...finding, witness: [] } : other))
      expect(wrongFindings(generated, empty)).toHaveLength(1)
    }
  })
})
