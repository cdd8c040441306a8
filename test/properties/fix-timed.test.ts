/** Repairs in time: of conflicts that delays and physics bring one is found and proved; what is written keeps its comments, and what starts and acts still can. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import { check, readBehaviour, type CheckInputs } from '../../src/engine-check.ts'
import { fix, withTexts } from '../../src/engine-fix.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import { candidatesFor } from '../../src/repair/candidates.ts'
import { patchFiles } from '../../src/repair/patch.ts'
import { readHome } from '../../src/formats/home-assistant/read-home.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { interactionCases } from '../fixtures/interactions/cases.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
/** Those that are decided within seconds; in the long run all. */
const quick = new Set(['delayed-after-cause', 'priority-inversion', 'water-valve-in-fire', 'smoke-and-lock'])
/** Whose kind nobody asks yet, and the one where every repair that helps shuts the other rule out for good. */
const open = new Set(['late-report', 'heater-and-window'])
const cases = interactionCases.filter(({ name }) => (LONG ? !open.has(name) : quick.has(name)))

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

const timed = { kinds: timedKinds }

describe('repairs of the published interactions', () => {
  it.each(cases)('$name ($kind): what is offered takes it away and adds none', { timeout: 120_000 }, async ({ kind, sources }) => {
    const inputs: CheckInputs = { sources }
    const report = await check(inputs, solvers, { timed })
    if (report.status !== 'checked') throw new Error('it cannot be read')
    const own = report.findings.find(({ id, verdict }) => id === kind && verdict === 'conflict')!
    const result = await fix(inputs, solvers, { timed, finding: own.fingerprint, repairs: 1 })
    const [repair] = result.status === 'fixed' ? (result.findings[0]?.repairs ?? []) : []
    expect(repair).toBeDefined()
    const after = await check(withTexts(inputs, new Map(repair!.files.map(({ name, after: text }) => [name, text]))), solvers, { timed })
    if (after.status !== 'checked') throw new Error('it cannot be read any more')
    const known = new Set(report.findings.filter(({ verdict }) => verdict !== 'proved').map(({ id, subject }) => `${id} ${subject}`))
    expect(after.findings.filter(({ id, subject }) => id === kind && subject === own.subject).map(({ verdict }) => verdict)).not.toContain(
      'conflict',
    )
    const fresh = after.findings.filter(
      ({ id, subject, verdict, severity }) => verdict !== 'proved' && severity !== 'relation' && !known.has(`${id} ${subject}`),
    )
    expect(fresh.map(({ id, subject }) => `${id} ${subject}`)).toEqual([])
    for (const { before, after: text } of repair!.files) expect(text.split('\n')[0]).toBe(before.split('\n')[0])
  })

  it('never makes the more important rule give way', () => {
    const { sources } = interactionCases.find(({ name }) => name === 'priority-inversion')!
    const read = readBehaviour({ sources }, {})
    if (!read.ok) throw new Error('it cannot be read')
    const finding = { ...plainFinding('K28'), actuator: 'heater.power', rules: ['comfort/welcome', 'protection/cut-out'] }
    const edited = candidatesFor(read.value, finding).flatMap(({ edits }) =>
      edits.flatMap((edit) => ('automation' in edit ? [edit.automation] : [])),
    )
    expect(edited).toContain('comfort/welcome')
    expect(edited).not.toContain('protection/cut-out')
  })
})

const plainFinding = (id: string) => ({
  ...({ kind: `conflict/${id}`, id, severity: 'error', verdict: 'conflict', checkedBy: 'interpreter', subject: '', text: '' } as const),
  ...{ rules: [], locations: [], trace: [], leansOn: [], fingerprint: '' },
})

const home = `# Everything of the hall.
automation:
  - id: hall
    alias: Hall light  # by hand, too
    mode: single
    trigger:
      # Somebody moves.
      - platform: state
        entity_id: binary_sensor.motion
        to: "on"
    action:
      - service: light.turn_on
        target: {entity_id: light.hall}
      - delay: "00:05:00"
      - service: light.turn_off
        target: {entity_id: light.hall}
`

function homeOf(text: string): Behaviour {
  const source = { name: 'configuration.yaml', text }
  const files = new Map([[source.name, source]])
  const read = readHome(files, { application: 'hall', root: source.name })
  const behaviour = readBehaviour(
    { sources: [{ format: 'home-assistant', source, folder: { name: 'hall', root: source.name, files } }] },
    { 'home-assistant': () => (read.ok ? { ...read, value: [read.value] } : read) },
  )
  if (!behaviour.ok) throw new Error(behaviour.diagnostics.map(({ message }) => message).join('\n'))
  return behaviour.value
}

describe('repairs in time written for Home Assistant', () => {
  const behaviour = homeOf(home)
  const [hall] = behaviour.applications[0]!.automations
  const files = [{ name: 'configuration.yaml', text: home, format: 'home-assistant', root: true }]

  it('begin anew where the run mode said otherwise, and leave every comment', () => {
    const patched = patchFiles(files, [{ is: 'mode', automation: hall!.id, run: 'restart' }], behaviour)
    if ('why' in patched) throw new Error(patched.why)
    expect(patched[0]!.after).toBe(home.replace('mode: single', 'mode: restart'))
    expect(homeOf(patched[0]!.after).applications[0]!.automations[0]!.mode.run).toBe('restart')
  })

  it('let a state last before it starts anything', () => {
    const patched = patchFiles(files, [{ is: 'for', automation: hall!.id, trigger: 0, milliseconds: 90_000 }], behaviour)
    if ('why' in patched) throw new Error(patched.why)
    expect(patched[0]!.after.split('\n').filter((line) => !home.includes(line))).toEqual(['        for: "00:01:30"'])
    const [trigger] = homeOf(patched[0]!.after).applications[0]!.automations[0]!.triggers
    expect(trigger).toMatchObject({ on: 'change', for: { is: 'value', value: 90_000 } })
  })

  it('look again after a delay', () => {
    const late = hall!.steps.filter((step) => step.do === 'set').at(-1)!
    const condition = candidatesFor(behaviour, { ...plainFinding('K22b'), actuator: 'light.hall', rules: [hall!.id] })
      .flatMap(({ edits }) => edits)
      .find((edit) => edit.is === 'step-guard' && edit.step === late.id)
    expect(condition).toBeDefined()
    const patched = patchFiles(files, [condition!], behaviour)
    if ('why' in patched) throw new Error(patched.why)
    expect(patched[0]!.after).toContain('# Somebody moves.')
    expect(homeOf(patched[0]!.after).applications[0]!.automations[0]!.steps.some((step) => step.do === 'branch')).toBe(true)
  })
})
