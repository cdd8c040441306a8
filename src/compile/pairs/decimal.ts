/** Exact decimals: `digits` times ten to the power of minus `places`. */
export interface Decimal {
  readonly digits: bigint
  readonly places: number
}

/** The decimal that a finite double prints as. */
export const decimalOf = (value: number): Decimal => {
  const [mantissa = '0', exponent = '0'] = String(value).toLowerCase().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const places = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 }
}

export const ZERO: Decimal = { digits: 0n, places: 0 }

/** The digits where the point stands after `places` digits; at least as many as the decimal has. */
export const digitsAt = ({ digits, places: own }: Decimal, places: number): bigint => digits * 10n ** BigInt(places - own)

export const sum = (a: Decimal, b: Decimal): Decimal => {
  const places = Math.max(a.places, b.places)
  return { digits: digitsAt(a, places) + digitsAt(b, places), places }
}

export const negated = ({ digits, places }: Decimal): Decimal => ({ digits: -digits, places })
