// A rollout as reports show it.
import type { PlanHead } from '../../model/plan.ts'
import type { RolloutView, WaveView } from '../../report/rollout-text.ts'
import type { RolloutProgress, WaveTally } from './state.ts'

export interface ViewedRollout {
  readonly id: string
  readonly release: string
  readonly head: Pick<PlanHead, 'waves' | 'changes' | 'safety'>
  readonly state: string
  readonly because: string
}

export function rolloutView({ id, release, head, state, because }: ViewedRollout, progress: RolloutProgress): RolloutView {
  return {
    id,
    release,
    state,
    because,
    changes: head.changes,
    waves: head.waves.map((wave, index) => waveView(wave, progress.waves[index])),
    proved: { compositions: head.safety.compositions.length, keptApart: head.safety.keptApart.length },
  }
}

function waveView(wave: PlanHead['waves'][number], tally: WaveTally | undefined): WaveView {
  return {
    name: wave.name,
    devices: wave.devices,
    succeeded: tally?.succeeded ?? 0,
    underWay: tally?.underWay ?? 0,
    retrying: tally?.retrying ?? 0,
    waiting: tally?.waiting ?? wave.devices,
    withdrawn: tally?.withdrawn ?? 0,
    failed: { retryable: tally?.failed[0] ?? 0, rejected: tally?.failed[1] ?? 0, timedOut: tally?.failed[2] ?? 0 },
    gate: wave.gate.success.text,
    state: tally?.begun === undefined ? 'waiting' : tally.over !== undefined ? 'over' : tally.passed !== undefined ? 'soaking' : 'running',
    soak: wave.soak,
  }
}
