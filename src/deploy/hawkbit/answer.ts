// What hawkBit answers to one request.
import type { Failure } from '../deployer.ts'
import type { HttpRequest } from '../http.ts'

export type Answer<T> =
  | { readonly is: 'ok'; readonly value: T }
  | { readonly is: 'missing' }
  | { readonly is: 'conflict' }
  | ({ readonly is: 'failed' } & Failure)

/** One request, read by `read`. */
export type Ask = <T>(request: HttpRequest, read: (value: unknown) => T | undefined, signal: AbortSignal | undefined) => Promise<Answer<T>>

export function failureOf(answer: Exclude<Answer<unknown>, { readonly is: 'ok' }>): Failure {
  switch (answer.is) {
    case 'failed':
      return answer
    case 'missing':
      return { class: 'rejected', why: 'hawkBit knows no such thing' }
    case 'conflict':
      return { class: 'retryable', why: 'somebody else changes the same thing' }
  }
}
