// DivEnact's problem written by hand as a mixed-integer program for HiGHS, straight from the meaning of its rules. Shares nothing with the engine: it is its
// rival in a benchmark and its oracle in a test.
import highsModule from 'highs'
import { parse } from 'yaml'

interface Plan {
  readonly vsn: string
  readonly compu_lvl: number
  readonly comm_lvl: number
  readonly dp_acc: string
  readonly intlmodule: string
}
interface Device {
  readonly env: string
  readonly dv_acc: string
  readonly network: string
  readonly powersource: string
}
export interface DivenactProblem {
  readonly plans: ReadonlyMap<string, Plan>
  readonly devices: ReadonlyMap<string, Device>
}

export function parseDivenact(text: string): DivenactProblem {
  const { deployments, devices } = parse(text) as { deployments: Record<string, Plan>; devices: Record<string, Device> }
  return { plans: new Map(Object.entries(deployments)), devices: new Map(Object.entries(devices)) }
}

/** Whether a device may run a plan with these two settings: the hard rules, one after the other. */
export function allowed(device: Device, plan: Plan, acclr: boolean, intledge: boolean): boolean {
  const communication = plan.intlmodule === 'flexible' && intledge ? plan.comm_lvl - 1 : plan.comm_lvl
  const computation = plan.intlmodule === 'flexible' && !intledge ? plan.compu_lvl - 1 : acclr ? plan.compu_lvl - 1 : plan.compu_lvl
  if (device.network === '3g' && communication >= 2) return false
  if (communication === 3 && device.network !== 'wifi') return false
  if (computation === 3 && device.powersource !== 'fixed') return false
  if (device.powersource === 'battery' && (communication !== 1 || computation !== 1)) return false
  if (acclr && (!intledge || device.dv_acc === 'acc_none' || device.dv_acc !== plan.dp_acc)) return false
  if (plan.intlmodule === 'cloud' && intledge) return false
  if (plan.intlmodule === 'edge' && !intledge) return false
  return plan.vsn !== 'development' || device.env === 'staging'
}

export function mayRun(device: Device, plan: Plan): boolean {
  return [false, true].some((acclr) => [false, true].some((intledge) => allowed(device, plan, acclr, intledge)))
}

/** The weighted sum of soft rules that an answer earns; `given` by device, undefined where it got no plan. */
export function score({ plans, devices }: DivenactProblem, given: ReadonlyMap<string, string | undefined>): number {
  const count = (of: (device: Device) => boolean, plan: string) =>
    [...devices].filter(([id, device]) => of(device) && given.get(id) === plan).length
  let total = 200 * [...devices.keys()].filter((id) => given.get(id) !== undefined).length
  const staging = [...devices].filter(([, device]) => device.env === 'staging').map(([id]) => given.get(id))
  const got = staging.filter((plan) => plan !== undefined)
  if (new Set(got).size === got.length && staging.length - got.length <= 1) total += 50
  const production = [...devices.values()].filter(({ env }) => env === 'production').length
  const threshold = Math.floor((0.75 * devices.size) / plans.size)
  for (const [id, plan] of plans) {
    if (plan.vsn === 'development' && count(() => true, id) > 0) total += 30
    if (plan.vsn === 'preview' && count(({ env }) => env === 'production', id) === Math.floor(production / 5) + 1) total += 40
    if (count(() => true, id) > threshold) total += 20
  }
  return total
}

/** The program in CPLEX LP format: a binary per device and plan, a binary per soft rule. */
export function writeMilp({ plans, devices }: DivenactProblem): string {
  const ids = [...devices.keys()]
  const names = [...plans.keys()]
  const options = ids.map((id) => names.flatMap((plan, p) => (mayRun(devices.get(id)!, plans.get(plan)!) ? [p] : [])))
  const x = (d: number, p: number) => `x_${d}_${p}`
  const of = (p: number, keep: (device: Device) => boolean) =>
    ids.flatMap((id, d) => (keep(devices.get(id)!) && options[d]!.includes(p) ? [x(d, p)] : []))
  const all = options.flatMap((list, d) => list.map((p) => x(d, p)))
  const objective = all.map((name) => `200 ${name}`)
  const rows: string[] = options.flatMap((list, d) => (list.length === 0 ? [] : [`${list.map((p) => x(d, p)).join(' + ')} <= 1`]))
  const soft: string[] = []
  const earn = (weight: number, name: string) => {
    soft.push(name)
    objective.push(`${weight} ${name}`)
  }
  const sum = (terms: readonly string[]) => (terms.length === 0 ? '0 nothing' : terms.join(' + '))
  const staging = ids.flatMap((id, d) => (devices.get(id)!.env === 'staging' ? [d] : []))
  earn(50, 's_different')
  const stagingCount = staging.length
  names.forEach((_, p) => rows.push(`${sum(of(p, ({ env }) => env === 'staging'))} + ${stagingCount} s_different <= ${stagingCount + 1}`))
  rows.push(`${sum(staging.flatMap((d) => options[d]!.map((p) => x(d, p))))} - ${stagingCount} s_different >= -1`)
  const production = [...devices.values()].filter(({ env }) => env === 'production').length
  const wanted = Math.floor(production / 5) + 1
  const threshold = Math.floor((0.75 * ids.length) / names.length)
  names.forEach((name, p) => {
    const plan = plans.get(name)!
    if (plan.vsn === 'development') {
      earn(30, `s_used_${p}`)
      rows.push(`${sum(of(p, () => true))} - s_used_${p} >= 0`)
    }
    if (plan.vsn === 'preview') {
      earn(40, `s_preview_${p}`)
      const terms = sum(of(p, ({ env }) => env === 'production'))
      rows.push(`${terms} - ${wanted} s_preview_${p} >= 0`, `${terms} + ${ids.length} s_preview_${p} <= ${ids.length + wanted}`)
    }
    earn(20, `s_many_${p}`)
    rows.push(`${sum(of(p, () => true))} - ${threshold + 1} s_many_${p} >= 0`)
  })
  return `maximize\n obj: ${objective.join(' + ')}\nsubject to\n${rows.map((row, r) => ` r${r}: ${row}`).join('\n')}\nbounds\n nothing = 0\nbinary\n ${[...all, ...soft].join(' ')}\nend\n`
}

type Loaded = { solve: (text: string) => { Status: string; ObjectiveValue: number } }
let loading: Promise<Loaded> | undefined

/** The best score by HiGHS. */
export async function solveMilp(problem: DivenactProblem): Promise<number> {
  // The package's types describe its CommonJS file; as a module its default export is the loader itself.
  loading ??= (highsModule as unknown as () => Promise<Loaded>)()
  const answer = (await loading).solve(writeMilp(problem))
  if (answer.Status !== 'Optimal') throw new Error(`HiGHS ends with ${answer.Status}`)
  return Math.round(answer.ObjectiveValue)
}
