/** What the service answers when it does not do what it was asked: problem details (RFC 9457) that carry our diagnostics. */
import { z } from 'zod'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'

const locationShape = z
  .object({
    source: z.string(),
    path: z.array(z.union([z.string(), z.number()])).optional(),
    range: z
      .object({
        start: z.object({ line: z.int(), column: z.int() }),
        end: z.object({ line: z.int(), column: z.int() }),
      })
      .optional(),
  })
  .describe('where something stands in what was sent')

export const diagnosticShape = z
  .object({
    code: z.string(),
    severity: z.enum(['error', 'warning', 'information']),
    message: z.string(),
    hint: z.string().optional(),
    at: locationShape,
  })
  .meta({ id: 'Diagnostic' })

export const problemShape = z
  .object({
    type: z.string().describe('a name for this sort of problem'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional().describe('the path that was asked for'),
    diagnostics: z.array(diagnosticShape).optional(),
    plan: z
      .looseObject({})
      .optional()
      .describe('why no plan is safe, as `plan --json` answers: reasons with devices and traces, and repairs'),
    gates: z.array(z.looseObject({})).optional().describe('the gates of a stage, and why each is open or shut'),
  })
  .meta({ id: 'Problem' })

export type Problem = z.output<typeof problemShape>

/** An error that says what to answer; thrown by a route, caught in one place. */
export interface Refusal extends Error {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
}

interface RefusalOptions {
  readonly detail?: string
  readonly diagnostics?: readonly Diagnostic[]
  readonly plan?: Problem['plan']
  readonly gates?: Problem['gates']
  readonly headers?: Readonly<Record<string, string>>
}

export const problemType = 'application/problem+json'

/** `code` is `room/what`, as everywhere. */
export function refusal(status: number, code: string, title: string, options: RefusalOptions = {}): Refusal {
  const { detail, diagnostics, plan, gates, headers = {} } = options
  const problem: Problem = {
    type: `urn:fleetproof:problem:${code.replaceAll('/', ':')}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(diagnostics === undefined || diagnostics.length === 0 ? {} : { diagnostics: diagnostics as Problem['diagnostics'] }),
    ...(plan === undefined ? {} : { plan }),
    ...(gates === undefined ? {} : { gates }),
  }
  return Object.assign(new Error(title), { problem, headers })
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'problem' in error && 'headers' in error
}

export const notFound = (what: string): Refusal => refusal(404, 'service/not-found', what)

/** What was sent cannot be read: every reason, located. */
export const badInput = (diagnostics: readonly Diagnostic[], title = 'what was sent cannot be used'): Refusal =>
  refusal(422, 'service/bad-input', title, { diagnostics })

/** One diagnostic about a part of the request. */
export function wrongPart(source: string, code: string, message: string, hint?: string): Diagnostic {
  return { code, severity: 'error', message, ...(hint === undefined ? {} : { hint }), at: { source } }
}
