/** How long a plan takes at best, from rates, quotas and the time of a device: shown before it starts. Windows and failures are not in it. */
import type { DurationEstimate, PlanHead } from '../model/plan.ts'
import type { Rate } from '../model/wave.ts'

/** What a deployer may send: messages per minute, each telling up to `batch` devices. */
export interface DeployerQuota {
  readonly perMinute: number
  readonly batch: number
}

export interface EstimatedWave {
  readonly devices: number
  readonly steps: number
  /** The most devices that one budget lets through one after the other. */
  readonly rounds: number
  readonly soak: number
  readonly rate?: Rate | undefined
}

export function estimate(waves: readonly EstimatedWave[], deviceTime: number, quota: DeployerQuota | undefined): DurationEstimate {
  const parts = waves.map(({ devices, steps, rounds, soak, rate }) => {
    const byRate = rate === undefined ? 0 : minutesAtRate(rate, devices)
    const byQuota = quota === undefined ? 0 : Math.ceil(devices / quota.batch) / quota.perMinute
    return { sending: Math.ceil(60_000 * Math.max(byRate, byQuota)), steps: deviceTime * Math.max(steps, rounds), soak }
  })
  const from = [
    `a device takes ${deviceTime / 1000} s`,
    ...(quota === undefined
      ? []
      : [`the deployer sends ${quota.perMinute} messages a minute${quota.batch === 1 ? '' : `, ${quota.batch} devices each`}`]),
    ...(waves.some(({ rate }) => rate !== undefined) ? ['waves have rates'] : []),
  ]
  return { waves: parts, total: parts.reduce((sum, { sending, steps, soak }) => sum + sending + steps + soak, 0), from }
}

/** The estimate of a plan over a backend that takes so many devices in a second; as it is where there is no such quota. */
export function withQuota(
  { waves, estimate: made }: Pick<PlanHead, 'waves' | 'estimate'>,
  perSecond: number | undefined,
): DurationEstimate {
  if (perSecond === undefined) return made
  const parts = made.waves.map((part, at) => ({
    ...part,
    sending: Math.max(part.sending, Math.ceil((1000 * (waves[at]?.devices ?? 0)) / perSecond)),
  }))
  const total = parts.reduce((sum, { sending, steps, soak }) => sum + sending + steps + soak, 0)
  return { waves: parts, total, from: [...made.from, `the backend takes ${perSecond} devices a second`] }
}

/** Every device is taken to succeed at once: the fastest that the rate allows. */
function minutesAtRate(rate: Rate, devices: number): number {
  if (rate.is === 'constant') return devices / rate.perMinute
  let left = devices
  let minutes = 0
  let now = rate.base
  while (left > 0) {
    if (now >= rate.most) return minutes + left / rate.most
    const some = Math.min(left, rate.everySucceeded)
    minutes += some / now
    left -= some
    now = Math.min(rate.most, Math.floor((now * rate.factor.numerator) / rate.factor.denominator) || 1)
    // A rate that a factor cannot raise stays as it is.
    if (now <= rate.base && some === rate.everySucceeded) now = rate.base + 1
  }
  return minutes
}
