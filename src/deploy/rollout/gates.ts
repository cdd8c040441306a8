// Whether a wave has done what it must, and whether the rollout has failed too often.
import type { AbortThreshold, Fraction, Wave } from '../../model/wave.ts'
import { failures, type RolloutProgress, type WaveTally } from './state.ts'

/** Nobody of the wave is under way, waits for a retry, or could be told (`ready`); the others are blocked or held back. */
export const settled = (tally: WaveTally, ready: boolean): boolean => !ready && tally.underWay === 0 && tally.retrying === 0

export type GateAnswer = { readonly is: 'passed' } | { readonly is: 'open' } | { readonly is: 'missed'; readonly why: string }

/**
 * A wave has passed once everybody who could be told was, at least `sample` finished, and the share of successes is reached whatever the others still do; it has
 * missed when nothing more can happen by itself and the share is not reached.
 */
export function judgeGate({ gate }: Pick<Wave, 'gate'>, tally: WaveTally, ready: boolean): GateAnswer {
  const failed = failures(tally)
  const finished = tally.succeeded + failed
  const members = tally.devices - tally.withdrawn
  if (!ready && finished >= Math.min(gate.sample, members) && reaches(tally.succeeded, members, gate.success)) return { is: 'passed' }
  if (!settled(tally, ready)) return { is: 'open' }
  if (tally.waiting === 0 && reaches(tally.succeeded, finished, gate.success)) return { is: 'passed' }
  const blocked = tally.waiting === 0 ? '' : `, ${tally.waiting} wait for devices that have not succeeded`
  return {
    is: 'missed',
    why: `${percent(tally.succeeded, members)} of ${members} succeeded, ${gate.success.text} are needed: ${failed} failed${blocked}`,
  }
}

const reaches = (part: number, whole: number, { numerator, denominator }: Fraction): boolean => part * denominator >= numerator * whole

const percent = (part: number, whole: number): string => (whole === 0 ? '0 %' : `${Math.floor((part * 100) / whole)} %`)

/** The first threshold that is passed, counted over all waves so far; what is tried again by itself has not failed yet, and what somebody went on in spite of is no news. */
export function passedThreshold(
  thresholds: readonly AbortThreshold[],
  progress: RolloutProgress,
): { readonly then: AbortThreshold['then']; readonly why: string } | undefined {
  if (thresholds.length === 0 || progress.waves.reduce((sum, tally) => sum + failures(tally), 0) <= progress.excused) return undefined
  let done = 0
  const failed: [number, number, number] = [0, 0, 0]
  for (const tally of progress.waves) {
    done += tally.succeeded + failures(tally)
    for (const kind of [0, 1, 2] as const) failed[kind] += tally.failed[kind]
  }
  for (const { classes, share, sample, then } of thresholds) {
    if (done < Math.max(1, sample)) continue
    const bad =
      (classes.includes('retryable') ? failed[0] : 0) +
      (classes.includes('rejected') ? failed[1] : 0) +
      (classes.includes('timed-out') ? failed[2] : 0)
    if (bad * share.denominator > share.numerator * done)
      return { then, why: `${bad} of ${done} finished devices failed (${classes.join(', ')}), at most ${share.text} may` }
  }
  return undefined
}
