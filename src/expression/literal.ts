/** Exact values of literals: numbers from their digits, times and durations from their text. No floating point takes part. */

export const LARGEST = Number.MAX_SAFE_INTEGER
/** 10^15 is the largest power of ten within 2^53. */
export const MOST_PLACES = 15

/** The number `digits / 10^places`, with as few places as possible. */
export interface Exact {
  readonly digits: bigint
  readonly places: number
}

/** Reads `12`, `0x1f`, `1.50`, `2e3`; undefined for what is none of these or has an exponent beyond 400. */
export function exactNumber(text: string): Exact | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return { digits: BigInt(text), places: 0 }
  const parts = /^([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?$/.exec(text)
  if (parts === null) return undefined
  const exponent = Number(parts[3] ?? '0')
  if (Math.abs(exponent) > 400) return undefined
  const fraction = parts[2] ?? ''
  let digits = BigInt(parts[1]! + fraction)
  let places = fraction.length - exponent
  if (places < 0) {
    digits *= 10n ** BigInt(-places)
    places = 0
  }
  return trimmed({ digits, places })
}

/** Without zeros at the end of the fraction. */
export function trimmed({ digits, places }: Exact): Exact {
  while (places > 0 && digits % 10n === 0n) {
    digits /= 10n
    places -= 1
  }
  return { digits, places }
}

const TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

/** Milliseconds since 1970 of an RFC 3339 time (finer fractions are cut); undefined where it is none, also for a 30th of February. */
export function readTime(text: string): number | undefined {
  const parts = TIME.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(2000, month, 0)).getUTCDate()) return undefined
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if ((month === 2 && day === 29 && !leap) || hour > 23 || minute > 59 || second > 59) return undefined
  const zone = parts[8]!.toUpperCase()
  const offset = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  if (zone !== 'Z' && (Number(zone.slice(1, 3)) > 23 || Number(zone.slice(4)) > 59)) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second, Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3)))
  return date.getTime() - (zone.startsWith('-') ? -offset : offset) * 60_000
}

const UNITS: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
}

/** Milliseconds of a duration as CEL writes them (`1h30m`, `1.5s`, `-10ms`); undefined where it is none, no whole number of milliseconds, or beyond 2^53. */
export function readDuration(text: string): number | undefined {
  const parts = /^(-?)((?:[0-9]{1,18}(?:\.[0-9]{1,18})?(?:h|ms|us|ns|m|s))+)$/.exec(text)
  if (parts === null || text.length > 200) return undefined
  // A common denominator keeps fractions such as 0.5h exact.
  const denominator = 10n ** 18n
  let total = 0n
  for (const [, number, unit] of parts[2]!.matchAll(/([0-9.]+)(h|ms|us|ns|m|s)/g)) {
    const [whole, fraction = ''] = number!.split('.')
    total += BigInt(whole! + fraction.padEnd(18, '0')) * UNITS[unit!]!
  }
  const millisecond = denominator * 1_000_000n
  if (total % millisecond !== 0n || total / millisecond > BigInt(LARGEST)) return undefined
  const value = Number(total / millisecond)
  return parts[1] === '-' && value !== 0 ? -value : value
}
