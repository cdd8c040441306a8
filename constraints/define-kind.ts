/** Makes a kind with its own parameters one of the catalogue, whose readers hand each kind only what its own schema gave. */
import type { ConstraintKind } from './kind.ts'

export function defineKind<P>(kind: ConstraintKind<P>): ConstraintKind {
  // The catalogue stores kinds of different parameters side by side; a use is always read by its own kind's schema first.
  return kind as unknown as ConstraintKind
}
