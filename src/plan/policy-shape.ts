/** The shape of a file of waves as people write it. */
import { z } from 'zod'
import { share } from '../../constraints/share.ts'
import { readAmount } from '../model/units.ts'

const whole = z.int()
const expression = z.unknown().optional()

/** `10 min` in milliseconds. */
export const duration = z.union([z.string(), z.number()]).transform((written, context): number => {
  const amount = readAmount(String(written))
  if (amount.is === 'amount' && (amount.dimension === 'time' || amount.value === 0)) return amount.value
  context.addIssue({ code: 'custom', message: `\`${written}\` is not a duration; durations are written \`10 min\` or \`2 h\`` })
  return 0
})

/** `12`, or `10%` or `1/3`. */
const limit = z.union([whole.min(0), z.string()]).transform((written, context) => {
  if (typeof written === 'number') return { is: 'count' as const, count: written }
  const read = share.safeParse(written)
  if (read.success) return { is: 'share' as const, share: { ...read.data } }
  context.addIssue({ code: 'custom', message: read.error.issues[0]!.message })
  return { is: 'count' as const, count: 0 }
})

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const clock = z.string().transform((written, context): number => {
  const parts = /^(\d\d):(\d\d)$/.exec(written)
  const minutes = parts === null ? NaN : 60 * Number(parts[1]) + Number(parts[2])
  if (minutes <= 1440 && Number(parts![2]) < 60) return minutes
  context.addIssue({ code: 'custom', message: `\`${written}\` is not a time of day, such as \`22:30\`` })
  return 0
})
const offset = z.string().transform((written, context): number => {
  const parts = /^([+-])(\d\d):(\d\d)$/.exec(written)
  if (parts !== null) return (parts[1] === '-' ? -1 : 1) * (60 * Number(parts[2]) + Number(parts[3]))
  context.addIssue({ code: 'custom', message: `\`${written}\` is not an offset from UTC, such as \`+01:00\`` })
  return 0
})
const windowShape = z
  .strictObject({ days: z.array(z.enum(days)).min(1).optional(), from: clock, to: clock, offset: offset.optional() })
  .transform((written) => ({
    days: (written.days ?? days).map((day) => days.indexOf(day)).sort((a, b) => a - b),
    from: written.from,
    to: written.to,
    offset: written.offset ?? 0,
  }))

const factor = z.union([z.number(), z.string()]).transform((written, context) => {
  const parts = /^(\d{1,6})(?:\.(\d{1,3}))?$/.exec(String(written))
  const places = parts?.[2]?.length ?? 0
  const numerator = parts === null ? 0 : Number(`${parts[1]!}${parts[2] ?? ''}`)
  const denominator = 10 ** places
  if (numerator > denominator) return { text: String(written), numerator, denominator }
  context.addIssue({ code: 'custom', message: `\`${written}\` is not a factor above 1, such as \`1.5\`` })
  return { text: String(written), numerator: 1, denominator: 1 }
})
const rateShape = z.union([
  z.strictObject({ per_minute: whole.min(1) }).transform(({ per_minute: perMinute }) => ({ is: 'constant' as const, perMinute })),
  z
    .strictObject({ base: whole.min(1), factor, every_succeeded: whole.min(1), most: whole.min(1) })
    .transform(({ every_succeeded: everySucceeded, ...rest }) => ({ is: 'exponential' as const, ...rest, everySucceeded })),
])

const gateShape = z.strictObject({ success: share, sample: whole.min(0).optional() })
const abortShape = z.strictObject({
  classes: z
    .array(z.enum(['retryable', 'rejected', 'timed-out']))
    .min(1)
    .optional(),
  share,
  sample: whole.min(0).optional(),
  then: z.enum(['abort', 'pause', 'roll-back']).optional(),
})

/** What every wave may say, and the whole file for all of them. */
const settings = {
  gate: gateShape.optional(),
  abort: z.array(abortShape).optional(),
  soak: duration.optional(),
  progress: duration.optional(),
  timeout: duration.optional(),
  rate: rateShape.optional(),
  windows: z.array(windowShape).optional(),
  manual: z.boolean().optional(),
} as const
export type WrittenSettings = z.output<z.ZodObject<typeof settings>>

export const policyShape = z.strictObject({
  'fleetproof-waves': z.unknown().optional(),
  order: z.enum(['safe', 'declared']).optional(),
  waves: z.array(z.strictObject({ name: z.string().min(1), select: expression, limit: limit.optional(), ...settings })).optional(),
  rest: z
    .strictObject({
      waves: z.union([whole.min(0).max(1000), z.literal('as-needed')]).optional(),
      name: z.string().min(1).optional(),
      ...settings,
    })
    .optional(),
  budgets: z
    .array(
      z.strictObject({
        name: z.string().min(1).optional(),
        over: expression,
        max_unavailable: limit.optional(),
        min_available: limit.optional(),
      }),
    )
    .optional(),
  capacity: z
    .array(z.strictObject({ name: z.string().min(1).optional(), over: expression, limit: expression, amount: expression }))
    .optional(),
  before: z.array(z.strictObject({ device: expression, goes: z.enum(['first', 'last']).optional() })).optional(),
  layers: z.strictObject({ by: expression, order: z.array(z.string().min(1)).min(2), over: expression }).optional(),
  switching: z.enum(['replace', 'overlap']).optional(),
  device_time: duration.optional(),
  ...settings,
})
