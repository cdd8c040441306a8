/** The one table of units: amounts are kept as whole numbers of their dimension's canonical unit, the first of each list. */

export interface Unit {
  readonly dimension: string
  /** Canonical units in one of this; a whole number. */
  readonly factor: number
}

/** Prefixes k, M, G, T are powers of 1,000; Ki, Mi, Gi, Ti of 1,024. */
const DIMENSIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  data: { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
  'data rate': { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9, 'B/s': 8, 'kB/s': 8e3, 'MB/s': 8e6, 'GB/s': 8e9 },
  time: { ms: 1, s: 1e3, min: 60e3, h: 3_600e3, d: 86_400e3 },
  frequency: { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 },
  power: { mW: 1, W: 1e3, kW: 1e6, MW: 1e9 },
  energy: { mJ: 1, J: 1e3, kJ: 1e6, mWh: 3_600, Wh: 3_600e3, kWh: 3_600e6 },
  current: { mA: 1, A: 1e3 },
  voltage: { mV: 1, V: 1e3 },
  length: { mm: 1, cm: 10, m: 1e3, km: 1e6 },
  mass: { g: 1, kg: 1e3, t: 1e6 },
  'processor time': { mcpu: 1, cpu: 1e3 },
}

export const UNITS: ReadonlyMap<string, Unit> = new Map(
  Object.entries(DIMENSIONS).flatMap(([dimension, units]) =>
    Object.entries(units).map(([name, factor]): [string, Unit] => [name, { dimension, factor }]),
  ),
)

/** What an amount counts as that expressions leave unknown: more than most limits, and sums over a million devices stay exact. */
export const UNKNOWN_AMOUNT = 2 ** 31

/** The unit that amounts of the dimension are kept in. */
export function canonicalUnit(dimension: string): string | undefined {
  return Object.keys(DIMENSIONS[dimension] ?? {})[0]
}

export type Amount =
  | { readonly is: 'amount'; readonly value: number; /** `count` where no unit is written. */ readonly dimension: string }
  /** Not a number with or without a word behind it: perhaps an expression. */
  | { readonly is: 'other' }
  | { readonly is: 'wrong'; readonly code: string; readonly message: string; readonly unit?: string }

/** Reads `256 MB`, `1.5 kbit/s`, `3`; exact, refusing what is no whole number of the canonical unit or beyond 2^53. */
export function readAmount(text: string): Amount {
  const parts = /^([+-]?)(\d+)(?:\.(\d+))?\s*([A-Za-z][A-Za-z/]*)?$/.exec(text.trim())
  if (parts === null) return { is: 'other' }
  const [, sign, whole, fraction = '', name] = parts
  const unit = name === undefined ? { dimension: 'count', factor: 1 } : UNITS.get(name)
  if (unit === undefined)
    return { is: 'wrong', code: 'model/unknown-unit', message: `\`${name!}\` is no unit that is known here`, unit: name! }
  if (sign === '-') return { is: 'wrong', code: 'model/out-of-range', message: `\`${text.trim()}\` is negative` }
  const scale = 10n ** BigInt(fraction.length)
  const exact = BigInt(whole! + fraction) * BigInt(unit.factor)
  const canonical = canonicalUnit(unit.dimension)
  if (exact % scale !== 0n)
    return {
      is: 'wrong',
      code: 'model/not-whole',
      message: `\`${text.trim()}\` is no whole number${canonical === undefined ? '' : ` of ${canonical}`}`,
    }
  if (exact / scale > BigInt(Number.MAX_SAFE_INTEGER))
    return {
      is: 'wrong',
      code: 'model/number-too-large',
      message: `\`${text.trim()}\` is beyond 2^53 - 1${canonical === undefined ? '' : ` ${canonical}`}`,
    }
  return { is: 'amount', value: Number(exact / scale), dimension: unit.dimension }
}
