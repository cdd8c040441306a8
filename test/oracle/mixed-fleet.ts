/**
 * The meaning of a safe plan, by trying everything: who may be told when, what each device may run at each moment, and whether every moment keeps what today keeps.
 * A device is untold, told or verified; it runs the old, nothing or the new (untold: old; verified: new), and it may be gone at any moment.
 */

export interface MixedFleet {
  readonly devices: readonly MixedDevice[]
  readonly rules: readonly MixedRule[]
}

export interface MixedDevice {
  readonly room: string
  readonly old: string | undefined
  readonly new: string | undefined
  /** It changes although the variant stays: its settings do. */
  readonly resets?: boolean
  /** Index of the device that it links to. */
  readonly gateway?: number
}

export type MixedRule =
  | { readonly is: 'capacity'; readonly uses: Readonly<Record<string, number>>; readonly limit: number }
  | { readonly is: 'apart'; readonly pair: readonly [string, string] }
  | { readonly is: 'most'; readonly variant: string; readonly most: number }
  | { readonly is: 'least'; readonly variant: string; readonly least: number }
  /** A device on `variant` needs one of `there` on its gateway. */
  | { readonly is: 'needs'; readonly variant: string; readonly there: readonly string[] }

/** Whom each device waits for, and how many of a group may be told and not verified at once. */
export interface MixedPlan {
  readonly after: readonly (readonly number[])[]
  readonly budgets: readonly { readonly devices: readonly number[]; readonly most: number }[]
}

type Told = 'untold' | 'told' | 'verified'
interface Running {
  readonly variant: string | undefined
  /** Between two variants: nothing runs, and nothing is installed that could be counted on. */
  readonly between: boolean
  readonly gone: boolean
}

/** A moment that breaks a rule more than today does; nothing where the plan is safe. */
export function unsafeMoment(fleet: MixedFleet, plan: MixedPlan): readonly Running[] | undefined {
  const today = fleet.devices.map((device): Running => ({ variant: device.old, between: false, gone: false }))
  const allowed = fleet.rules.map((rule) => violations(fleet, rule, today))
  const changes = fleet.devices.map((device) => device.old !== device.new || device.resets === true)
  const seen = new Set<string>()
  const open: Told[][] = [fleet.devices.map(() => 'untold')]
  while (open.length > 0) {
    const told = open.pop()!
    const key = told.join()
    if (seen.has(key)) continue
    seen.add(key)
    for (const moment of moments(fleet, told))
      if (
        fleet.rules.some((rule, at) =>
          [...violations(fleet, rule, moment)].some(([group, amount]) => amount > (allowed[at]!.get(group) ?? 0)),
        )
      )
        return moment
    told.forEach((status, device) => {
      if (!changes[device]) return
      if (status === 'told') open.push(told.with(device, 'verified'))
      if (status !== 'untold' || plan.after[device]!.some((other) => told[other] !== 'verified')) return
      const full = plan.budgets.some(
        ({ devices, most }) => devices.includes(device) && devices.filter((other) => told[other] === 'told').length >= most,
      )
      if (!full) open.push(told.with(device, 'told'))
    })
  }
  return undefined
}

function moments({ devices }: MixedFleet, told: readonly Told[]): readonly (readonly Running[])[] {
  return told.reduce<readonly (readonly Running[])[]>(
    (before, status, at) => {
      const { old, new: after } = devices[at]!
      const variants = status === 'untold' ? [old] : status === 'verified' ? [after] : [old, after]
      const ways = [
        ...variants.flatMap((variant) => [
          { variant, between: false, gone: false },
          { variant, between: false, gone: true },
        ]),
        ...(status === 'told' ? [{ variant: undefined, between: true, gone: false }] : []),
      ]
      return before.flatMap((moment) => ways.map((way) => [...moment, way]))
    },
    [[]],
  )
}

/** By group, how much a rule is violated. What is gone uses nothing and acts on nothing, and still counts as running what is installed. */
function violations({ devices }: MixedFleet, rule: MixedRule, moment: readonly Running[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const rooms = [...new Set(devices.map(({ room }) => room))]
  const inRoom = (room: string): readonly Running[] => moment.filter((_, at) => devices[at]!.room === room)
  for (const room of rooms) {
    const here = inRoom(room).filter(({ gone }) => !gone)
    const count = (variant: string): number => inRoom(room).filter((one) => one.variant === variant).length
    switch (rule.is) {
      case 'capacity':
        found.set(
          room,
          Math.max(0, here.reduce((sum, { variant }) => sum + (variant === undefined ? 0 : (rule.uses[variant] ?? 0)), 0) - rule.limit),
        )
        break
      case 'apart':
        found.set(room, rule.pair.every((variant) => here.some((one) => one.variant === variant)) ? 1 : 0)
        break
      case 'most':
        found.set(room, Math.max(0, count(rule.variant) - rule.most))
        break
      case 'least':
        found.set(room, Math.max(0, rule.least - count(rule.variant)))
        break
      case 'needs':
        break
    }
  }
  if (rule.is === 'needs')
    devices.forEach(({ gateway, old }, at) => {
      if (gateway === undefined) return
      const [own, there] = [moment[at]!, moment[gateway]!]
      const waived = own.gone || there.gone || own.between || there.between
      const brokenToday = old === rule.variant && !rule.there.includes(devices[gateway]!.old ?? '')
      found.set(`${at}`, !waived && !brokenToday && own.variant === rule.variant && !rule.there.includes(there.variant ?? '') ? 1 : 0)
    })
  return found
}

/** Whether any plan is safe: one device after the other, in any order. Whatever is safe with fewer waits is safe so, too. */
export function someOrderIsSafe(fleet: MixedFleet): boolean {
  const changing = fleet.devices.flatMap(({ old, new: after, resets }, at) => (old === after && resets !== true ? [] : [at]))
  return permutations(changing).some((order) => {
    const after = fleet.devices.map((_, at) => (order.includes(at) ? order.slice(0, order.indexOf(at)) : []))
    return unsafeMoment(fleet, { after, budgets: [] }) === undefined
  })
}

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]]
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]))
}
