/** A term, script or answer that breaks the rules of the language: whoever built or sent it is wrong, never the owner of the fleet. `code` is `smt/...`. */
export class TermError extends Error {
  readonly code: `smt/${string}`
  constructor(code: `smt/${string}`, message: string) {
    super(message)
    this.name = 'TermError'
    this.code = code
  }
}
