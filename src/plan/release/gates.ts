/** Whether a release may enter or leave a stage: each gate judged from what was reported for exactly this release's hash. Pure: who collects the evidence is not asked here. */
import type { Release } from '../../model/release.ts'
import type { RolloutState } from '../../model/rollout.ts'
import type { Gate, Stage } from '../../model/wave.ts'

/** What was reported; `release` is the hash that it was reported for. Instants are milliseconds since 1970, UTC. */
export interface Evidence {
  readonly author: string
  readonly tests: readonly { readonly release: string; readonly name: string; readonly passed: boolean; readonly at: number }[]
  readonly approvals: readonly { readonly release: string; readonly who: string; readonly roles: readonly string[]; readonly at: number }[]
  /** By severity, findings that are not proved. */
  readonly conflicts?: {
    readonly release: string
    readonly open: readonly { readonly severity: 'error' | 'warning' | 'relation'; readonly verdict: 'conflict' | 'possible' | 'unknown' }[]
  }
  readonly rollouts: readonly { readonly release: string; readonly stage: string; readonly state: RolloutState }[]
  /** When the tasks of each stage were done. */
  readonly tasksDone: readonly { readonly release: string; readonly stage: string; readonly at: number }[]
  readonly now: number
}

export interface GateResult {
  readonly gate: Gate
  readonly passed: boolean
  /** One sentence, whether it passed or not. */
  readonly why: string
}

const severities = ['relation', 'warning', 'error'] as const

export function judgeGate(gate: Gate, release: Release, stageName: string, evidence: Evidence): GateResult {
  const { hash, content } = release
  const result = (passed: boolean, why: string): GateResult => ({ gate, passed, why })
  switch (gate.is) {
    case 'no-conflict': {
      const { conflicts } = evidence
      if (conflicts === undefined) {
        const none = content.conflicts === undefined && content.variants.every(({ behaviour }) => behaviour === null)
        return result(none, none ? 'no variant has a behaviour' : 'no conflict report came for this release')
      }
      if (conflicts.release !== hash) return result(false, 'the conflict report is of another release')
      const counted = conflicts.open.filter(({ severity }) => severities.indexOf(severity) >= severities.indexOf(gate.failOn))
      const of = (verdict: string): number => counted.filter((one) => one.verdict === verdict).length
      const [conflict, possible, unknown] = [of('conflict'), of('possible'), of('unknown')]
      return result(
        conflict === 0 && possible <= gate.possible && unknown <= gate.unknown,
        `${conflict} conflicts, ${possible} possible (${gate.possible} allowed), ${unknown} unknown (${gate.unknown} allowed)`,
      )
    }
    case 'assigned': {
      const { optimal, counts } = content.assignment
      const none = counts['none'] ?? 0
      if (gate.optimal && !optimal) return result(false, 'the assignment is not proved optimal')
      if (gate.mostUnassigned !== undefined && none > gate.mostUnassigned)
        return result(false, `${none} devices have no variant, ${gate.mostUnassigned} may`)
      return result(true, `${optimal ? 'optimal' : 'feasible'}, ${none} devices without a variant`)
    }
    case 'tests': {
      const open = gate.names.filter((name) => latest(evidence.tests, hash, name)?.passed !== true)
      return result(open.length === 0, open.length === 0 ? `${gate.names.length} tests passed` : `not passed: ${open.join(', ')}`)
    }
    case 'approval': {
      const fit = evidence.approvals.filter(
        ({ release: of, who, roles }) =>
          of === hash &&
          !(gate.fourEyes && who === evidence.author) &&
          (gate.roles.length === 0 || roles.some((role) => gate.roles.includes(role))),
      )
      const people = [...new Set(fit.map(({ who }) => who))].sort()
      return result(
        people.length >= gate.people,
        `${people.length} of ${gate.people} approved${people.length === 0 ? '' : `: ${people.join(', ')}`}`,
      )
    }
    case 'soak': {
      const done = evidence.tasksDone.find((one) => one.release === hash && one.stage === stageName)
      if (done === undefined) return result(false, 'the tasks of the stage are not done')
      const left = done.at + gate.milliseconds - evidence.now
      return result(left <= 0, left <= 0 ? 'the soak time is over' : `${Math.ceil(left / 1000)} s of soak time are left`)
    }
    case 'rollout': {
      const state = evidence.rollouts.filter((one) => one.release === hash && one.stage === stageName).at(-1)?.state
      return result(state === 'succeeded', state === undefined ? 'no rollout was started' : `the rollout is ${state}`)
    }
  }
}

function latest(tests: Evidence['tests'], release: string, name: string): Evidence['tests'][number] | undefined {
  return tests
    .filter((test) => test.release === release && test.name === name)
    .reduce<Evidence['tests'][number] | undefined>((best, test) => (best === undefined || test.at >= best.at ? test : best), undefined)
}

export interface StageJudgement {
  readonly stage: string
  readonly entry: readonly GateResult[]
  readonly exit: readonly GateResult[]
  readonly tasksDone: boolean
}

/** Every stage in order, and the first that the release has not left: where it stands. The same hash counts everywhere; what was reported for another is not heard. */
export function judgeStages(
  release: Release,
  stages: readonly Stage[],
  evidence: Evidence,
): { readonly stages: readonly StageJudgement[]; readonly at: string | undefined } {
  const judged = stages.map(({ name, entry, exit }): StageJudgement => ({
    stage: name,
    entry: entry.map((gate) => judgeGate(gate, release, name, evidence)),
    exit: exit.map((gate) => judgeGate(gate, release, name, evidence)),
    tasksDone: evidence.tasksDone.some((one) => one.release === release.hash && one.stage === name),
  }))
  const passed = ({ entry, exit, tasksDone }: StageJudgement): boolean => tasksDone && [...entry, ...exit].every((gate) => gate.passed)
  return { stages: judged, at: judged.find((one) => !passed(one))?.stage }
}
