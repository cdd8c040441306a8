/** Lengths of time as nodes write them, in milliseconds; what is no positive number is 0. */
import { textOf } from './flow-nodes.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  milliseconds: 1,
  millisecond: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
}

export const durationOf = (amount: unknown, unit: unknown): number => {
  const milliseconds = Number(amount) * (UNITS[textOf(unit).toLowerCase()] ?? 1000)
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : 0
}
