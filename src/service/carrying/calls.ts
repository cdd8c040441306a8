/** What the carrying threads are asked, and what they answer: plain values that cross a thread. */
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import type { NamedText } from '../../jobs/job-inputs.ts'
import type { ReportFormat } from '../../report/report-formats.ts'
import type { Replaced } from '../../store/fleets.ts'
import type { ModelVariant } from '../models.ts'
import type { StoredLines } from '../thinking/questions.ts'
import type { GivenPart } from '../uploads/check-form.ts'

export interface ReplaceCall {
  readonly tenant: string
  readonly fleet: string
  readonly source: string
  readonly idField: string
  readonly now: string
  readonly etag?: string
}

export interface ReportCall {
  readonly tenant: string
  readonly check: string
  readonly format: ReportFormat
  readonly all: boolean
  readonly relations: boolean
}

/** A model with its mistakes, and what stands in it. */
export interface ModelRead {
  readonly diagnostics: readonly Diagnostic[]
  /** Absent where it cannot be read. */
  readonly model?: { readonly variants: readonly ModelVariant[]; readonly constraints: number }
}

/** Of DivEnact, where it is one; with its mistakes. */
export interface DocumentRead {
  readonly is: 'document' | 'no document' | 'wrong'
  readonly diagnostics: readonly Diagnostic[]
}

/** The assignment of a document of DivEnact, to be answered and kept as the last one. */
export interface AnswerCall {
  readonly tenant: string
  readonly actor: string
  readonly now: string
  readonly assignment: string
  readonly source: NamedText
}

/** What a form asks for, ready to be kept: the job's input as JSON, and its sources as they are called in the audit. */
export type FormRead = Read<{ readonly inputText: string; readonly sources: readonly string[] }>

export type Call =
  /** Answers pieces, then nothing. */
  | { readonly is: 'lines'; readonly what: StoredLines }
  /** Pulls pieces; answers `Replaced`. */
  | { readonly is: 'replace'; readonly asked: ReplaceCall }
  /** Answers a text. */
  | { readonly is: 'report'; readonly asked: ReportCall }
  /** Answers `ModelRead`. */
  | { readonly is: 'model'; readonly name: string; readonly text: string }
  /** Answers `FormRead`. */
  | { readonly is: 'form'; readonly parts: readonly GivenPart[] }
  /** Answers `DocumentRead`. */
  | { readonly is: 'document'; readonly source: NamedText }
  /** Answers the document with everything decided, as JSON. */
  | { readonly is: 'answer'; readonly asked: AnswerCall }

/** By the port of one call: to the thread, and back. */
export type ToCall = { readonly piece: Uint8Array | undefined } | { readonly more: true } | { readonly broken: true }
export type FromCall =
  | { readonly pull: true }
  | { readonly piece: Uint8Array }
  | { readonly answer: unknown }
  | { readonly failed: { readonly code: string; readonly message: string } }

export interface CallAnswers {
  readonly replace: Replaced
  readonly report: string
  readonly model: ModelRead
  readonly form: FormRead
  readonly document: DocumentRead
  readonly answer: string
}
