/** Checks that a plan's waves keep what they were declared to keep: who may be in them, how many, capacities, dependencies and layers. */
import { evaluateNumbers } from '../expression/columns.ts'
import { fleetScope } from '../expression/scope.ts'
import type { ExpressionText, FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { Plan } from '../model/plan.ts'
import type { WaveLimit, WavePolicy } from '../model/wave-policy.ts'
import { keysByRow, truthByRow, typed, TRUE } from './expressions.ts'
import type { Waits } from './plan-waits.ts'

export function checkPlanWaves(
  model: FleetModel,
  fleet: Fleet,
  { changes, head }: Plan,
  policy: WavePolicy,
  waits: Waits,
  changeOf: Int32Array,
  problems: string[],
): void {
  const rowOf = new Int32Array(changes.count)
  changeOf.forEach((change, row) => {
    if (change >= 0) rowOf[change] = row
  })
  head.waves.forEach((wave, number) => {
    const members = Array.from(changes.wave.keys()).filter((at) => changes.wave[at] === number)
    if (members.length !== wave.devices) problems.push(`wave \`${wave.name}\` counts ${wave.devices} devices, it has ${members.length}`)
    const declared = policy.waves.find(({ name }) => name === wave.name)
    if (declared === undefined) return
    const selected = declared.select === undefined ? undefined : truthByRow(model, fleet, declared.select)
    const stranger = members.find((at) => selected !== undefined && selected[rowOf[at]!] !== TRUE)
    if (stranger !== undefined) problems.push(`\`${changes.ids[stranger]!}\` is in wave \`${wave.name}\`, which does not select it`)
    const could = rowOf.reduce((sum, row) => sum + (selected === undefined || selected[row] === TRUE ? 1 : 0), 0)
    if (members.length > mostOf(declared.limit, could))
      problems.push(`wave \`${wave.name}\` has ${members.length} devices, more than its limit`)
  })
  for (const { over, limit, amount, name } of policy.capacities) {
    if (typeof limit !== 'number') continue
    const { codes } = keysByRow(model, fleet, over)
    const amounts = amount === undefined ? undefined : evaluateNumbers(typed(amount, fleetScope(model), 'number'), fleet)
    const used = new Map<string, number>()
    rowOf.forEach((row, at) => {
      if (codes[row]! < 0) return
      const key = `${changes.wave[at]} ${codes[row]}`
      used.set(key, (used.get(key) ?? 0) + (amounts === undefined ? 1 : amounts[row]!))
    })
    if ([...used.values()].some((sum) => !(sum <= limit))) problems.push(`a wave is more than capacity \`${name}\` takes`)
  }
  for (const { device, goes } of policy.dependencies) checkDependency(model, fleet, device, goes, waits, changeOf, problems)
  if (policy.layers !== undefined) checkLayers(model, fleet, policy.layers, waits, changeOf, problems)
  checkBudgets(model, fleet, { changes, head }, policy, rowOf, problems)
}

function mostOf(limit: WaveLimit | undefined, of: number): number {
  if (limit === undefined) return Infinity
  if (limit.is === 'count') return limit.count
  const { numerator, denominator } = limit.share
  const down = Number((BigInt(numerator) * BigInt(of)) / BigInt(denominator))
  return numerator > 0 && of > 0 ? Math.max(1, down) : down
}

function checkDependency(
  model: FleetModel,
  fleet: Fleet,
  device: ExpressionText,
  goes: 'first' | 'last',
  waits: Waits,
  changeOf: Int32Array,
  problems: string[],
): void {
  const { codes, values } = keysByRow(model, fleet, device)
  const rowOf = new Map(fleet.ids.map((id, row) => [id, row]))
  codes.forEach((code, row) => {
    const there = code < 0 ? undefined : rowOf.get(values[code]!)
    if (there === undefined || there === row || changeOf[row]! < 0 || changeOf[there]! < 0) return
    const [first, then] = goes === 'first' ? [there, row] : [row, there]
    if (!waits.before(changeOf[first]!, changeOf[then]!))
      problems.push(`\`${fleet.ids[then]!}\` does not wait for \`${fleet.ids[first]!}\``)
  })
}

function checkLayers(
  model: FleetModel,
  fleet: Fleet,
  { by, order, over }: NonNullable<WavePolicy['layers']>,
  waits: Waits,
  changeOf: Int32Array,
  problems: string[],
): void {
  const layer = keysByRow(model, fleet, by)
  const groups = over === undefined ? undefined : keysByRow(model, fleet, over).codes
  const ranks = new Map<number, Map<number, number[]>>()
  changeOf.forEach((change, row) => {
    const group = groups === undefined ? 0 : groups[row]!
    const rank = layer.codes[row]! < 0 ? -1 : order.indexOf(layer.values[layer.codes[row]!]!)
    if (change < 0 || group < 0 || rank < 0) return
    const own = ranks.get(group) ?? new Map<number, number[]>()
    ranks.set(group, own)
    own.set(rank, [...(own.get(rank) ?? []), change])
  })
  for (const own of ranks.values()) {
    const present = [...own.keys()].sort((a, b) => a - b)
    present.slice(1).forEach((rank, at) => {
      const firsts = own.get(present[at]!)!
      if (own.get(rank)!.some((then) => firsts.some((first) => !waits.before(first, then))))
        problems.push(`a device of layer \`${order[rank]!}\` does not wait for layer \`${order[present[at]!]!}\``)
    })
  }
}

/** Every declared budget is in the plan, for every group in which more devices change than may be unavailable. */
function checkBudgets(
  model: FleetModel,
  fleet: Fleet,
  { changes, head }: Pick<Plan, 'changes' | 'head'>,
  policy: WavePolicy,
  rowOf: Int32Array,
  problems: string[],
): void {
  for (const { name, over, limit } of policy.budgets) {
    const { codes, values } = keysByRow(model, fleet, over)
    const sizes = new Float64Array(values.length)
    for (const code of codes) if (code >= 0) sizes[code]!++
    const changing = new Float64Array(values.length)
    for (const row of rowOf) if (codes[row]! >= 0) changing[codes[row]!]!++
    const index = head.budgets.findIndex((budget) => budget.name === name)
    values.forEach((group, code) => {
      const { of } = limit
      const size = sizes[code]!
      const up =
        of.is === 'count'
          ? of.count
          : Number((BigInt(of.share.numerator) * BigInt(size) + BigInt(of.share.denominator) - 1n) / BigInt(of.share.denominator))
      const most = limit.is === 'unavailable' ? mostOf(of, size) : Math.max(0, size - up)
      if (changing[code]! <= most) return
      const groups = head.budgets[index]?.groups ?? []
      const at = groups.findIndex((one) => one.group === group)
      const all = Array.from(rowOf.keys()).every((change) => codes[rowOf[change]!] !== code || changes.budgetGroup[index]?.[change] === at)
      if (at < 0 || groups[at]!.most > most || !all) problems.push(`budget \`${name}\` is not kept in \`${group}\``)
    })
  }
}
