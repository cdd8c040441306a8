// Reports in formats of others: SARIF holds against its schema, markup escapes what it must, ranking and gate keep their promises.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gateReport } from '../../src/explain/gate.ts'
import { rankFindings } from '../../src/explain/rank-findings.ts'
import { readBaseline } from '../../src/model/baseline.ts'
import type { ConflictReport, Finding } from '../../src/model/conflict.ts'
import { conflictGraph } from '../../src/report/conflict-graph.ts'
import { conflictsHtml } from '../../src/report/conflicts-html.ts'
import { conflictsJunit } from '../../src/report/conflicts-junit.ts'
import { conflictsMarkdown } from '../../src/report/conflicts-markdown.ts'
import { conflictsSarif } from '../../src/report/conflicts-sarif.ts'
import { graphDot } from '../../src/report/graph-dot.ts'
import { layOut } from '../../src/report/graph-layout.ts'

const nasty = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('<b>&"\'', '`a|b`', 'light.hall', 'x/y z', '\u0000\u202e', '-->', ']]>'),
)
const place = fc.record({
  source: nasty.filter((text) => text !== ''),
  range: fc.constant({ start: { line: 1, column: 2 }, end: { line: 1, column: 5 } }),
})
let serial = 0
const finding: fc.Arbitrary<Finding> = fc
  .record({
    kind: fc.constantFrom('conflict/opposite-actuation', 'conflict/inconsistent-values', 'conflict/dead-rule'),
    severity: fc.constantFrom('error' as const, 'warning' as const, 'relation' as const),
    verdict: fc.constantFrom('proved' as const, 'conflict' as const, 'possible' as const, 'unknown' as const),
    checkedBy: fc.constantFrom('interpreter' as const, 'structure' as const, 'nobody' as const),
    subject: nasty,
    actuator: fc.constantFrom('light.hall', 'lock.front', 'fan.bath', '<x>'),
    rules: fc.uniqueArray(fc.constantFrom('a/one', 'a/two', 'b/<three>', 'b/four'), { minLength: 1, maxLength: 2 }),
    locations: fc.array(place, { maxLength: 3 }),
    text: nasty,
    trace: fc.array(fc.record({ reaction: fc.nat(2), what: nasty, at: place }), { maxLength: 3 }),
    leansOn: fc.array(nasty, { maxLength: 2 }),
  })
  .map((parts): Finding => ({
    ...parts,
    id: { 'conflict/opposite-actuation': 'K1', 'conflict/inconsistent-values': 'K2', 'conflict/dead-rule': 'K17' }[parts.kind],
    fingerprint: `f${serial++}`,
  }))

type Checked = Extract<ConflictReport, { readonly status: 'checked' }>
const reportOf = (findings: readonly Finding[]): Checked => ({
  status: 'checked',
  applications: [
    { id: 'a', automations: 2, modelledExactly: 1, unmodelled: [{ at: { source: '<f>' }, why: 'a & b', writes: ['"x"'] }] },
    { id: 'b', automations: 2, modelledExactly: 2, unmodelled: [] },
  ],
  findings,
  assumptions: ['<nobody> opens `windows`'],
  summary: { proved: 0, conflict: 0, possible: 0, unknown: 0 },
  statistics: { pairs: 0, prefiltered: 0, solverCalls: 0, milliseconds: {} },
  diagnostics: [],
})
const report = fc.array(finding, { maxLength: 12 }).map(reportOf)

const rules = [
  { number: 'K1', id: 'conflict/opposite-actuation', says: 'one' },
  { number: 'K2', id: 'conflict/inconsistent-values', says: 'two' },
  { number: 'K17', id: 'conflict/dead-rule', says: 'three' },
]

describe('SARIF', () => {
  const schemaFile = createRequire(import.meta.url)
    .resolve('@microsoft/jest-sarif/package.json')
    .replace('package.json', 'lib/schemas/sarif-2.1.0-rtm.5.json')
  // Draft 4, which differs for this schema in the name of its id alone.
  const { $schema: draft, id, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
  addFormats.default(ajv)
  const valid = ajv.compile(schema)

  it('is meant by the schema that is used', () => {
    expect([draft, id]).toEqual(['http://json-schema.org/draft-04/schema#', expect.stringContaining('sarif-2.1.0')])
  })

  it('holds against its schema, whatever was found', () => {
    fc.assert(
      fc.property(report, fc.boolean(), (value, all) => {
        const accepted = new Map(
          value.findings.slice(0, 1).map(({ fingerprint }) => [fingerprint, { fingerprint, reason: 'known', until: '2027-01-01' }]),
        )
        const log = conflictsSarif(value, { version: '1.0.0', rules, all, relations: all, accepted })
        expect(valid(JSON.parse(JSON.stringify(log))), JSON.stringify(valid.errors)).toBe(true)
      }),
      { seed: 11, numRuns: 200 },
    )
  })

  it('is refused by the schema where a level is none that SARIF knows', () => {
    const log = JSON.parse(
      JSON.stringify(
        conflictsSarif(reportOf([{ ...fc.sample(finding, { seed: 1, numRuns: 1 })[0]!, verdict: 'conflict', severity: 'error' }]), {
          version: '1',
          rules,
          all: true,
          relations: true,
        }),
      ),
    ) as { runs: { results: { level: string }[] }[] }
    log.runs[0]!.results[0]!.level = 'dreadful'
    expect(valid(log)).toBe(false)
  })
})

describe('markup', () => {
  it('of HTML, JUnit and Markdown never lets a name of the input become markup', () => {
    fc.assert(
      fc.property(report, (value) => {
        const entries = rankFindings(value.findings, { all: true, relations: true })
        const html = conflictsHtml(value, entries, { title: '<t>', version: '1', sources: [] })
        const junit = conflictsJunit(value, { relations: true })
        for (const text of [html, junit]) {
          expect(text).not.toContain('<b>&')
          expect(text).not.toContain('b/<three>')
          expect(text).not.toMatch(/[\u0000-\u0008]/)
        }
        expect(conflictsMarkdown(value, entries)).not.toMatch(/^<b>/m)
        expect(graphDot(conflictGraph(entries, ['a', 'b']))).toMatch(/^graph conflicts \{[^]*\}\n$/)
      }),
      { seed: 12, numRuns: 200 },
    )
  })

  it('of JUnit counts what it lists', () => {
    fc.assert(
      fc.property(report, (value) => {
        const junit = conflictsJunit(value, { relations: true })
        const [, tests, failures, errors] = /tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(junit)!
        expect(Number(tests)).toBe(junit.split('<testcase ').length - 1)
        expect(Number(failures)).toBe(junit.split('<failure ').length - 1)
        expect(Number(errors)).toBe(junit.split('<error ').length - 1)
      }),
      { seed: 13, numRuns: 200 },
    )
  })
})

describe('ranking', () => {
  it('loses nothing that is to be shown, shows nothing twice, and puts worse verdicts first', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 20 }), fc.boolean(), fc.boolean(), (findings, all, relations) => {
        const entries = rankFindings(findings, { all, relations })
        const shown = entries.flatMap(({ finding: leading, also }) => [leading, ...also])
        expect(new Set(shown).size).toBe(shown.length)
        // A line that another rule reaches is not dead.
        const live = findings.filter(
          (one) => one.id === 'K17' && one.verdict === 'proved' && one.rules.length === 1 && one.subject !== one.rules[0],
        )
        const isCopy = (one: Finding): boolean =>
          one.id === 'K17' &&
          one.verdict === 'conflict' &&
          one.rules.length === 1 &&
          one.subject !== one.rules[0] &&
          live.some(({ locations }) => JSON.stringify(locations[0] ?? null) === JSON.stringify(one.locations[0] ?? null))
        const wanted = findings.filter((one) => (relations || !isCopy(one)) && shownBySeverity(one))
        function shownBySeverity({ verdict, severity, actuator }: Finding): boolean {
          return (verdict !== 'proved' || all) && (severity !== 'relation' || relations || actuator === 'lock.front')
        }
        expect(new Set(shown)).toEqual(new Set(wanted))
        const rank = { conflict: 0, possible: 1, unknown: 2, proved: 3 }
        const ranks = entries.map(({ finding: { verdict } }) => rank[verdict])
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
        for (const { finding: leading, also } of entries)
          for (const weaker of also) {
            expect(rank[weaker.verdict]).toBeGreaterThanOrEqual(rank[leading.verdict])
            expect([...weaker.rules].sort()).toEqual([...leading.rules].sort())
          }
      }),
      { seed: 14, numRuns: 300 },
    )
  })

  it('does not depend on the order of the findings', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 12 }), (findings) => {
        const names = (list: readonly Finding[]) =>
          rankFindings(list, { all: true, relations: true }).map(({ finding: { id, verdict } }) => `${id} ${verdict}`)
        expect(names([...findings].reverse())).toEqual(names(findings))
      }),
      { seed: 15, numRuns: 100 },
    )
  })
})

describe('the picture', () => {
  it('places every node once and keeps the rules of one application together', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 20 }), (findings) => {
        const graph = conflictGraph(rankFindings(findings, { all: true, relations: true }), ['a', 'b'])
        const { rules: left, actuators } = layOut(graph)
        expect([...left].sort()).toEqual(graph.rules.map(({ id }) => id).sort())
        expect([...actuators].sort()).toEqual([...graph.actuators].sort())
        const blocks = left.map((id) => id[0]).filter((name, index, list) => name !== list[index - 1])
        expect(new Set(blocks).size).toBe(blocks.length)
      }),
      { seed: 16, numRuns: 200 },
    )
  })
})

describe('the gate', () => {
  const options = { failOn: 'error' as const, allowed: { possible: 0, unknown: 0 }, today: '2026-11-23' }

  it('counts every finding once: open, accepted or too weak', () => {
    fc.assert(
      fc.property(report, fc.nat(4), (value, known) => {
        const accepted = value.findings.slice(0, known).map(({ fingerprint }) => ({ fingerprint, reason: 'known', until: '2026-11-23' }))
        const result = gateReport(value, { accepted }, options)
        const open = [...result.conflict, ...result.possible, ...result.unknown]
        const wanted = value.findings.filter(({ verdict, severity }) => verdict !== 'proved' && severity === 'error')
        expect(new Set([...open, ...result.accepted.map(({ finding: one }) => one)])).toEqual(new Set(wanted))
        expect(result.verdict).toBe(result.conflict.length > 0 ? 'conflict' : open.length > 0 ? 'unsure' : 'pass')
      }),
      { seed: 17, numRuns: 300 },
    )
  })

  it('counts an acceptance up to its last day, and tells of those that are over or no longer needed', () => {
    const one: Finding = { ...fc.sample(finding, { seed: 3, numRuns: 1 })[0]!, verdict: 'conflict', severity: 'error', fingerprint: 'aa' }
    const accept = (until: string, fingerprint = 'aa') => ({ accepted: [{ fingerprint, reason: 'known', until }] })
    expect(gateReport(reportOf([one]), accept('2026-11-23'), options).verdict).toBe('pass')
    const over = gateReport(reportOf([one]), accept('2026-11-22'), options)
    expect(over.verdict).toBe('conflict')
    expect(over.expired).toHaveLength(1)
    const other = gateReport(reportOf([one]), accept('2027-01-01', 'bb'), options)
    expect(other.verdict).toBe('conflict')
    expect(other.stale.map(({ fingerprint }) => fingerprint)).toEqual(['bb'])
  })

  it('lets as many open questions through as are allowed', () => {
    const [sample] = fc.sample(finding, { seed: 4, numRuns: 1 })
    const unknown = (fingerprint: string): Finding => ({ ...sample!, verdict: 'unknown', severity: 'error', fingerprint })
    const verdict = (allowed: number) =>
      gateReport(reportOf([unknown('a'), unknown('b')]), { accepted: [] }, { ...options, allowed: { possible: 0, unknown: allowed } })
        .verdict
    expect([verdict(1), verdict(2)]).toEqual(['unsure', 'pass'])
  })
})

describe('a baseline', () => {
  const read = (text: string) => readBaseline({ name: 'b.yaml', text })
  it('is read', () => {
    const result = read('fleetproof-baseline: 1\naccepted:\n  - {fingerprint: ab-cd, reason: known, until: 2027-05-31}\n')
    expect(result.ok && result.value.accepted).toEqual([{ fingerprint: 'ab-cd', reason: 'known', until: '2027-05-31' }])
  })
  it.each([
    [
      'a day that is none',
      'fleetproof-baseline: 1\naccepted: [{fingerprint: a, reason: known, until: 2027-02-30}]',
      'baseline/no-such-day',
    ],
    [
      'a fingerprint twice',
      'fleetproof-baseline: 1\naccepted: [{fingerprint: a, reason: known, until: 2027-02-03}, {fingerprint: a, reason: more, until: 2027-02-03}]',
      'baseline/twice',
    ],
    ['no reason', 'fleetproof-baseline: 1\naccepted: [{fingerprint: a, until: 2027-02-03}]', undefined],
    ['another document', 'fleetproof: 1', undefined],
  ])('with %s is refused where it stands', (_, text, code) => {
    const result = read(text)
    expect(result.ok).toBe(false)
    if (code !== undefined) expect(result.diagnostics.map((diagnostic) => diagnostic.code)).toContain(code)
    expect(result.diagnostics[0]!.at.range).toBeDefined()
  })
})
