/** Findings of kinds of time are decided again from their runs and certificates. */
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/model/conflict.ts'
import type { TimedRun } from '../../src/model/timed-run.ts'
import { assuming, assumptionName, assumptionNamed } from '../../src/model/timed-assumption.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { replayTimed } from '../../src/verify/timed-interpreter.ts'
import { behaviourOf, interactionCases } from '../fixtures/interactions/cases.ts'

const of = (name: string, twin = false) => {
  const found = interactionCases.find((one) => one.name === name)!
  return behaviourOf(twin ? found.twin : found.sources)
}
const finding = (rest: Partial<Finding> & Pick<Finding, 'id' | 'subject' | 'rules'>): Finding => ({
  ...{ kind: 'conflict/x', severity: 'error', verdict: 'conflict', checkedBy: 'interpreter', locations: [], text: '', trace: [] },
  ...{ leansOn: [], fingerprint: '' },
  ...rest,
})
const span = (milliseconds: number | string, rates: Record<string, string> = {}) => ({ milliseconds: String(milliseconds), rates })
const bare = { initial: {}, choices: [], quantities: {}, durations: [] }

describe('a finding in time', () => {
  const cut: TimedRun = {
    ...bare,
    events: [
      { is: 'write', attribute: 'hall.motion', value: true },
      { is: 'write', attribute: 'bell.rung', value: true },
      { is: 'resume', automation: 'home/passing', step: 'do.1', nth: 0, timedOut: false },
    ],
    elapses: [span(0), span(299_000), span(1000)],
  }
  const about = {
    id: 'K22c',
    subject: 'lamp.power home/visitor -> home/passing',
    rules: ['home/passing', 'home/visitor'],
    actuator: 'lamp.power',
  }
  it('holds where its run shows it: the bell at 4:59 of the five minutes', () => {
    expect(verifyFinding(of('action-cut-short'), finding({ ...about, run: cut }))).toEqual({ agrees: true, checkedBy: 'interpreter' })
  })
  it('does not hold the other way round, of another actuator, without a run, or with a run of no time', () => {
    const agrees = (rest: Partial<Finding>) => verifyFinding(of('action-cut-short'), finding({ ...about, run: cut, ...rest })).agrees
    expect(agrees({ subject: 'lamp.power home/passing -> home/visitor' })).toBe(false)
    expect(agrees({ actuator: 'bell.rung' })).toBe(false)
    expect(agrees({ rules: ['home/passing', 'home/nobody'] })).toBe(false)
    expect(agrees({ run: { initial: {}, events: [], choices: [] } })).toBe(false)
    expect(agrees({ run: { ...cut, elapses: [span(0), span(299_000), span(999)] } as TimedRun })).toBe(false)
  })
  it('does not hold of the repaired twin', () => {
    expect(verifyFinding(of('action-cut-short', true), finding({ ...about, run: cut })).agrees).toBe(false)
  })
})

describe('a proof in time', () => {
  const about = {
    id: 'K12',
    subject: 'lamp.power home/passing -> home/visitor',
    rules: ['home/passing', 'home/visitor'],
    actuator: 'lamp.power',
    verdict: 'proved',
  } as const
  const script = (says: string) => ({ says, text: `(assert ${says})\n(check-sat)\n` })
  const checked = (certificate: Finding['certificate']) =>
    verifyFinding(of('action-cut-short'), finding({ ...about, ...(certificate === undefined ? {} : { certificate }) }))
  it('is for solvers to say, where it is whole', () => {
    const whole = { is: 'induction', method: 'induction', depth: 1, invariant: ['a'], scripts: ['x', 'y', 'z'].map(script) } as const
    expect(checked(whole)).toMatchObject({ agrees: false, checkedBy: 'nobody' })
    expect(checked({ ...whole, invariant: [], scripts: [script('x')] })).toMatchObject({ agrees: false, checkedBy: 'nobody' })
  })
  it.each([
    ['no certificate', undefined],
    ['two of three scripts', { is: 'induction', method: 'induction', depth: 1, invariant: ['a'], scripts: ['x', 'y'].map(script) }],
    ['one script three times', { is: 'induction', method: 'induction', depth: 1, invariant: ['a'], scripts: ['x', 'x', 'y'].map(script) }],
    [
      'a script that asks nothing',
      { is: 'induction', method: 'induction', depth: 1, invariant: [], scripts: [{ says: 'x', text: '(assert true)' }] },
    ],
    ['a depth that its method has not', { is: 'induction', method: 'induction', depth: 2, invariant: [], scripts: ['x', 'y'].map(script) }],
    ['no depth', { is: 'induction', method: 'induction', depth: 0, invariant: [], scripts: ['x'].map(script) }],
  ] as const)('is refused with %s', (_, certificate) => {
    expect(checked(certificate)).toMatchObject({ agrees: false, checkedBy: 'structure' })
  })
})

describe('an assumption', () => {
  const rules = ['home/fire', 'home/heat']
  const T = 'temperature @ living'
  const hot: TimedRun = {
    ...bare,
    initial: { 'thermometer.temperature': 22 },
    quantities: { [T]: '22' },
    events: [{ is: 'write', attribute: 'people.home', value: true }],
    elapses: [span(0), span(600_000, { [T]: '16' })],
  }
  it('has a name and back', () => {
    for (const one of [
      { is: 'late', milliseconds: 600_000 },
      { is: 'offline', thing: 'a b' },
    ] as const)
      expect(assumptionNamed(assumptionName(one))).toEqual(one)
    expect(['late', 'late soon', 'late 0', 'early 5', ''].map(assumptionNamed)).toEqual(Array.from({ length: 5 }, () => undefined))
  })
  it('of late reports lets two heaters overheat a room that one would not', () => {
    const late = finding({ id: 'K33', subject: `late 600000 | K5 | ${T}: home/fire home/heat`, rules, run: hot })
    expect(verifyFinding(of('late-report'), late)).toEqual({ agrees: true, checkedBy: 'interpreter' })
    expect(verifyFinding(of('late-report'), finding({ ...late, id: 'K5', subject: `${T}: home/fire home/heat` })).agrees).toBe(false)
    expect(verifyFinding(of('late-report', true), finding({ ...late, run: hot })).agrees).toBe(false)
    expect(verifyFinding(of('late-report'), finding({ ...late, subject: 'K5' })).agrees).toBe(false)
  })
  it('of a thing that is offline loses commands to it', () => {
    const behaviour = assuming(of('late-report'), { is: 'offline', thing: 'stove' })
    const replayed = replayTimed(behaviour, { ...hot, elapses: [span(0), span(60_000, { [T]: '8' })] })
    expect(replayed.diagnostics).toEqual([])
    expect(replayed.reactions[0]?.reaction.writes.map(({ attribute }) => attribute)).toEqual(['heater.power'])
    expect(replayTimed(behaviour, hot).diagnostics.map(({ code }) => code)).toEqual(['verify/time'])
  })
})
