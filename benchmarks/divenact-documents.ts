// Seeded documents of DivEnact's input format: any number of devices and plans.
import { randomNumbers } from './random.ts'

export function divenactDocument(devices: number, plans: number, seed: number): string {
  const next = randomNumbers(seed)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!
  const planLines = Array.from(
    { length: plans },
    (_, p) =>
      `  plan${p}: {vsn: ${pick(['release', 'release', 'preview', 'development'])}, compu_lvl: ${pick([1, 2, 3])}, comm_lvl: ${pick([1, 2, 3])}, dp_acc: ${pick(['acc_none', 'tpu', 'gpu'])}, intlmodule: ${pick(['edge', 'cloud', 'flexible'])}}\n`,
  )
  const deviceLines = Array.from(
    { length: devices },
    (_, d) =>
      `  dv${d}: {env: ${pick(['production', 'production', 'production', 'staging'])}, dv_acc: ${pick(['acc_none', 'acc_none', 'tpu', 'gpu'])}, network: ${pick(['wifi', '4g', '3g', 'offline'])}, powersource: ${pick(['fixed', 'ac', 'battery'])}}\n`,
  )
  return `deployments:\n${planLines.join('')}devices:\n${deviceLines.join('')}`
}
