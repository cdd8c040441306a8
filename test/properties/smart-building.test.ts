/** Two published applications on one building: both flows command the same 13 actuators, and in fact only one of them ever does. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import { check, readBehaviour, type CheckInputs, type ReadBehaviour } from '../../src/engine-check.ts'
import { readGenesisModel } from '../../src/formats/genesis/read-model.ts'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import type { Automation, Behaviour } from '../../src/model/automation.ts'
import type { ConflictReport, Finding } from '../../src/model/conflict.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { verifyFindings } from '../../src/verify/conflicts.ts'
import { replay } from '../../src/verify/interpreter.ts'

const folder = join(import.meta.dirname, '../../../shared/data/genesis/smartbuilding')
const present = existsSync(folder)
const solvers = createSolvers()
afterAll(() => solvers.close())

const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')
const importers: Readonly<Record<string, ReadBehaviour>> = {
  'node-red': (source) => {
    const read = readNodeRedFlow(source, { application: basename(source.name, '.json') })
    return read.ok ? { ...read, value: [read.value] } : read
  },
  genesis: (source) => readGenesisModel(source, (name) => ({ name, text: textOf(join(dirname(source.name), name)) })),
}
const flow = (name: string, change: (text: string) => string = (text) => text): CheckInputs['sources'][number] => ({
  format: 'node-red',
  source: { name: `${name}.json`, text: change(textOf(`${name}.json`)) },
})
const oneBroker = (...names: readonly string[]): string => `brokers: {same: [[${names.join(', ')}]]}\n`
const kindsOf = (...numbers: readonly string[]): readonly ConflictKind[] => conflictKinds.filter(({ number }) => numbers.includes(number))

interface Analysed {
  readonly behaviour: Behaviour
  readonly findings: readonly Finding[]
  readonly report: Extract<ConflictReport, { status: 'checked' }>
}

async function analysed(sources: CheckInputs['sources'], aliases: string, kinds = conflictKinds): Promise<Analysed> {
  const inputs: CheckInputs = { sources, aliases: { name: 'aliases.yaml', text: aliases } }
  const report = await check(inputs, solvers, { kinds, importers })
  const read = readBehaviour(inputs, importers)
  if (report.status === 'invalid' || !read.ok) throw new Error(JSON.stringify(report.diagnostics))
  return { behaviour: read.value, findings: report.findings, report }
}

const automationsOf = ({ behaviour }: Analysed, at: number): readonly Automation[] => behaviour.applications[at]?.automations ?? []
const commandedBy = ({ steps }: Automation): readonly string[] => steps.flatMap((step) => (step.do === 'set' ? [step.attribute] : []))

/** Actuators that an application commands, live or not. */
function publishes(of: Analysed, at: number): readonly string[] {
  const actuators = new Set(of.behaviour.attributes.flatMap(({ id, role }) => (role === 'actuator' ? [id] : [])))
  return [...new Set(automationsOf(of, at).flatMap(commandedBy))].filter((id) => actuators.has(id)).sort()
}

/** Everything that the report must say of the two applications, whichever way they were read. */
function holdsOf(of: Analysed): void {
  const topics = publishes(of, 0)
  expect(topics).toHaveLength(13)
  expect(publishes(of, 1)).toEqual(topics)
  const k1 = of.findings.filter(({ id }) => id === 'K1')
  for (const topic of topics) {
    const about = k1.filter(({ actuator }) => actuator === topic)
    expect(about.length, topic).toBeGreaterThan(0)
    expect(
      about.every(({ verdict, certificate, checkedBy }) => verdict === 'proved' && certificate !== undefined && checkedBy !== 'nobody'),
      topic,
    ).toBe(true)
  }
  const energy = new Set(automationsOf(of, 1).map(({ id }) => id))
  const writers = automationsOf(of, 1).filter((automation) => commandedBy(automation).some((id) => topics.includes(id)))
  expect(writers.length).toBeGreaterThan(0)
  const dangling = new Set(of.findings.filter(({ id, verdict }) => id === 'K0' && verdict === 'conflict').map(({ subject }) => subject))
  for (const { id } of writers) {
    const dead = of.findings.find((finding) => finding.id === 'K17' && finding.subject === id)
    expect(dead, id).toMatchObject({
      verdict: 'conflict',
      checkedBy: 'structure',
      certificate: { is: 'structure', argument: 'unreachable' },
    })
    const facts = dead?.certificate?.is === 'structure' ? dead.certificate.facts : []
    expect(facts.length, id).toBeGreaterThan(0)
    for (const fact of facts) expect(dangling, `${id} because of ${fact}`).toContain(fact)
  }
  const fights = of.findings.filter(({ id, verdict }) => (id === 'K1' || id === 'K2') && verdict !== 'proved')
  expect(fights.filter(({ rules }) => rules.some((rule) => energy.has(rule)))).toEqual([])
}

describe.skipIf(!present)('the smart building', () => {
  it('is settled for each of its 13 actuators, by proofs that the checker confirms', async () => {
    const both = await analysed([flow('homeio_user'), flow('homeio_energy')], oneBroker('homeio_user', 'homeio_energy'))
    holdsOf(both)
    const checked = verifyFindings(both.behaviour, both.findings)
    const wrong = both.findings.filter((_, index) => checked[index]?.agrees === false && checked[index].checkedBy !== 'nobody')
    expect(wrong).toEqual([])
    expect(both.findings.filter(({ verdict, checkedBy }) => verdict !== 'unknown' && checkedBy === 'nobody')).toEqual([])
    const living = both.findings.filter(({ id, verdict }) => id === 'K17' && verdict === 'proved')
    expect(living.every(({ run }) => run !== undefined)).toBe(true)
    // Every published message of the comfort flow is sent in some run: its node is executed.
    const outs = (JSON.parse(textOf('homeio_user.json')) as readonly { readonly id: string; readonly type: string }[]).filter(
      ({ type }) => type === 'mqtt out',
    )
    expect(outs).toHaveLength(37)
    const executed = living.flatMap(({ run }) =>
      replay(both.behaviour, run!).reactions.flatMap((reaction) => [...reaction.executed.keys()]),
    )
    expect(outs.filter(({ id }) => !executed.some((step) => step.endsWith(id)))).toEqual([])
    const unknown = both.findings.filter(({ verdict }) => verdict === 'unknown')
    expect(unknown.filter(({ why }) => why === undefined)).toEqual([])
    expect(both.report.summary.unknown).toBeLessThanOrEqual(12)
  }, 120_000)

  it('reads the same out of the GeneSIS model', async () => {
    const model = { format: 'genesis', source: { name: 'smart_building.json', text: textOf('smart_building.json') } }
    holdsOf(await analysed([model], oneBroker('UserComfortApp', 'EnergyEfficiency'), kindsOf('K0', 'K1', 'K17')))
  }, 120_000)

  it('settles up and down of one shade from the comfort flow alone', async () => {
    const shade = (way: string): string => `mqtt:homeio_user//home/A/Output/bool/Roller_Shades_1_(${way})`
    const aliases = `exclusive: [{name: shade 1, members: {"${shade('Up')}": true, "${shade('Down')}": true}}]\n`
    const alone = await analysed([flow('homeio_user')], aliases, kindsOf('K1', 'K3'))
    const about = alone.findings.filter(({ actuator }) => actuator === 'shade 1')
    const open = about.filter(({ verdict }) => verdict === 'unknown')
    expect(about.length).toBeGreaterThan(40)
    // Whether one reaction commands both is settled for every pair; some pairs that only leave them standing after long runs stay open, with the cause.
    expect(open.filter(({ subject, why }) => !subject.endsWith(' (standing)') || why === undefined)).toEqual([])
    expect(
      about.filter(({ id, verdict, meets }) => id === 'K1' && verdict === 'conflict' && meets === 'coincidence').length,
    ).toBeGreaterThan(3)
    expect(about.filter(({ id, verdict }) => id === 'K3' && verdict === 'conflict').length).toBeGreaterThan(2)
    const checked = verifyFindings(alone.behaviour, about)
    expect(about.filter((_, index) => checked[index]?.agrees === false && checked[index].checkedBy !== 'nobody')).toEqual([])
  }, 120_000)

  it('fights once a dangling link is repaired', async () => {
    // What the motion detector says goes to the shades that it was meant for.
    const repaired = (text: string): string => {
      const nodes = JSON.parse(text) as readonly { readonly id: string; readonly links?: readonly string[] }[]
      const link = (from: string, to: string) =>
        nodes.map((node) =>
          node.id === from
            ? { ...node, links: [...(node.links ?? []), to] }
            : node.id === to
              ? { ...node, links: [...(node.links ?? []), from] }
              : node,
        )
      return JSON.stringify(link('1eea361b.b23e0a', '14cbd19e.a00b5e'))
    }
    const both = await analysed(
      [flow('homeio_user'), flow('homeio_energy', repaired)],
      oneBroker('homeio_user', 'homeio_energy'),
      kindsOf('K1'),
    )
    const fights = both.findings.filter(({ verdict }) => verdict === 'conflict')
    const energy = new Set(automationsOf(both, 1).map(({ id }) => id))
    expect(new Set(fights.map(({ actuator }) => actuator)).size).toBe(4)
    expect(fights.every(({ rules }) => rules.some((rule) => energy.has(rule)))).toBe(true)
    for (const { trace, run, checkedBy } of fights) {
      expect(checkedBy).toBe('interpreter')
      expect(run?.events.length).toBeGreaterThan(0)
      expect(trace.length).toBeGreaterThan(0)
    }
  }, 120_000)
})
