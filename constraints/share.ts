/** Shares as people write them (`20%`, `12.5 %`, `2/3`), kept as exact fractions: a maximum rounds down, a minimum rounds up. */
import { z } from 'zod'

export interface Share {
  /** As written, for messages. */
  readonly text: string
  readonly numerator: number
  readonly denominator: number
}

const percent = /^(\d{1,9}(?:\.\d{1,6})?)\s*%$/
const fraction = /^(\d{1,9})\s*\/\s*(\d{1,9})$/

function scaled(text: string, denominator: number): readonly [number, number] {
  const [whole = '', places = ''] = text.split('.')
  return [Number(whole + places), denominator * 10 ** places.length]
}

function parse(text: string): readonly [number, number] | undefined {
  const trimmed = text.trim()
  const parts = fraction.exec(trimmed)
  if (parts) return [Number(parts[1]), Number(parts[2])]
  const hundredths = percent.exec(trimmed)
  return hundredths ? scaled(hundredths[1]!, 100) : undefined
}

/** Reads a share between 0 and 1. A bare number is none: nobody can tell 20 from 20 %. */
export const share = z.union([z.string(), z.number()]).transform((written, context): Share => {
  const text = String(written)
  const [numerator, denominator] = parse(text) ?? [0, 0]
  if (denominator === 0) context.addIssue({ code: 'custom', message: `\`${text}\` is not a share; shares are written \`20%\` or \`2/3\`` })
  else if (numerator > denominator) context.addIssue({ code: 'custom', message: `\`${text}\` is more than the whole` })
  return { text, numerator, denominator }
})

/** The largest count that is at most the share of `devices`. */
export function atMost(limit: Share, devices: number): number {
  return Number((BigInt(limit.numerator) * BigInt(devices)) / BigInt(limit.denominator))
}

/** The smallest count that is at least the share of `devices`. */
export function atLeast(limit: Share, devices: number): number {
  const denominator = BigInt(limit.denominator)
  return Number((BigInt(limit.numerator) * BigInt(devices) + denominator - 1n) / denominator)
}
