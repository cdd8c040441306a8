/** A short test that mutants are tried on: it throws where something is wrong, and makes everything that it hands over anew each time. */
export interface Case {
  readonly name: string
  readonly run: () => void | Promise<void>
}

/** Made at the first call: a process that tries one mutant and ends prepares only what that takes. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
