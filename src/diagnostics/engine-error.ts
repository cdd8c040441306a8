/** We or the machine failed: thrown, never returned. Bad input is a `Diagnostic`, a "no" is a union member. */
export class EngineError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
  }
}
