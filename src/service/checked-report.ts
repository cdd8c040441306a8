/** A kept report as reports of the command line take it. */
import { z } from 'zod'
import type { Source } from '../diagnostics/diagnostic.ts'
import type { ConflictReport } from '../model/conflict.ts'
import { badInput } from './problem.ts'

export type Checked = Extract<ConflictReport, { readonly status: 'checked' }>

/** INVARIANT: contents of reports are written by the check job, and by nobody else. */
export function checkedReport(content: unknown): Checked {
  const report = content as ConflictReport
  if (report.status === 'invalid') throw badInput(report.diagnostics, 'the automations cannot be read')
  return report
}

const textShape = z.object({ name: z.string(), text: z.string() })
const inputShape = z.object({
  sources: z.array(z.object({ source: textShape, folder: z.object({ files: z.array(textShape) }).optional() })),
})

/** The texts that the check was asked with, for excerpts. */
export function sourcesOf(input: unknown): readonly Source[] {
  const read = inputShape.safeParse(input)
  return read.success ? read.data.sources.flatMap(({ source, folder }) => [source, ...(folder?.files ?? [])]) : []
}
