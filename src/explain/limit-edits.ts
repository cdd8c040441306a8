/** Which written number stands behind a limit of a row, and what to write in its place: counts, shares and amounts among the parameters of a use. */
import { readAmount } from '../model/units.ts'

/** One value of a use's parameters, as it is and as it would have to be. */
export interface LimitEdit {
  readonly path: readonly (string | number)[]
  readonly from: string
  readonly to: string | number
}

export interface Wish {
  readonly side: 'lower' | 'upper'
  /** The limit as the row has it, and as it would have to be. */
  readonly limit: number
  readonly target: number
  /** Devices that a share is a part of. */
  readonly devices: number
}

/** Every value whose reading is the limit, those whose names speak of the side first. */
export function limitEdits(parameters: unknown, wish: Wish): readonly LimitEdit[] {
  const found: LimitEdit[] = []
  walk(parameters, [], (path, value) => {
    const to = standsFor(value, wish)
    if (to !== undefined) found.push({ path, from: String(value), to })
  })
  const apt = ({ path }: LimitEdit): number => {
    const name = path.join(' ')
    const least = /min|least|more_than/.test(name)
    return (wish.side === 'lower') === least ? 0 : /exact/.test(name) ? 1 : 2
  }
  return found
    .map((edit) => ({ edit, rank: apt(edit) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ edit }) => edit)
}

function walk(
  value: unknown,
  path: readonly (string | number)[],
  visit: (path: readonly (string | number)[], value: string | number) => void,
): void {
  if (typeof value === 'string' || typeof value === 'number') visit(path, value)
  else if (Array.isArray(value)) value.forEach((one: unknown, i) => walk(one, [...path, i], visit))
  else if (typeof value === 'object' && value !== null) for (const [key, one] of Object.entries(value)) walk(one, [...path, key], visit)
}

function standsFor(value: string | number, { side, limit, target, devices }: Wish): string | number | undefined {
  if (typeof value === 'number') return value === limit ? target : undefined
  const share = readShare(value)
  if (share !== undefined) return rounded(share, devices, side) === limit ? shareFor(target, devices, side) : undefined
  const amount = readAmount(value)
  if (amount.is !== 'amount' || amount.value !== limit || amount.value <= 0) return undefined
  const [, number = '', unit = ''] = /^([\d._]+)\s*(.*)$/.exec(value.trim()) ?? []
  const one = limit / Number(number)
  return Number.isFinite(one) && one > 0
    ? `${side === 'upper' ? Math.ceil(target / one) : Math.floor(target / one)} ${unit}`.trim()
    : undefined
}

type Fraction = readonly [numerator: bigint, denominator: bigint]

function readShare(text: string): Fraction | undefined {
  const percent = /^(\d{1,9})(?:\.(\d{1,6}))?\s*%$/.exec(text.trim())
  if (percent) return [BigInt(percent[1]! + (percent[2] ?? '')), 100n * 10n ** BigInt((percent[2] ?? '').length)]
  const fraction = /^(\d{1,9})\s*\/\s*(\d{1,9})$/.exec(text.trim())
  return fraction && Number(fraction[2]) > 0 ? [BigInt(fraction[1]!), BigInt(fraction[2]!)] : undefined
}

/** A maximum rounds down, a minimum up. */
function rounded([numerator, denominator]: Fraction, devices: number, side: Wish['side']): number {
  const product = numerator * BigInt(devices)
  return Number(side === 'upper' ? product / denominator : (product + denominator - 1n) / denominator)
}

/** The nearest share in percent, in as few digits as do, that allows (asks for) as many of the devices. */
function shareFor(target: number, devices: number, side: Wish['side']): string | undefined {
  for (const places of [0, 1, 2, 4, 6]) {
    const denominator = 100n * 10n ** BigInt(places)
    const product = BigInt(target) * denominator
    const all = BigInt(Math.max(1, devices))
    const numerator = side === 'upper' ? (product + all - 1n) / all : product / all
    if (numerator > denominator || rounded([numerator, denominator], devices, side) !== target) continue
    const digits = String(numerator).padStart(places + 1, '0')
    return places === 0 ? `${digits}%` : `${digits.slice(0, -places)}.${digits.slice(-places)}%`
  }
  return undefined
}
