/** Numbers of the language as people write them. */
import type { ExpressionType } from '../model/expression-type.ts'

/** `150` with two places is `1.50`; every other type is its integer. */
export function numberName(number: number, type: ExpressionType): string {
  if (type.is !== 'decimal' || type.places === 0) return String(number)
  const digits = String(Math.abs(number)).padStart(type.places + 1, '0')
  return `${number < 0 ? '-' : ''}${digits.slice(0, -type.places)}.${digits.slice(-type.places)}`
}
