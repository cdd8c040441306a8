/** Puts questions about one analysis to the solvers, as scripts that stand for themselves. */
import { queryOf } from '../compile/conflicts-query.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'
import type { Analysis } from './conflict-analysis.ts'
import type { SolverAnswer } from './solvers.ts'

export type AskScripts = (scripts: readonly string[]) => Promise<readonly SolverAnswer[]>

export type Ask = (
  terms: readonly (readonly Term[])[],
  wants: 'values' | 'verdict',
) => Promise<readonly { readonly answer: SolverAnswer; readonly script: string }[]>

export const askOf =
  ({ context }: Analysis, askScripts: AskScripts): Ask =>
  async (terms, wants) => {
    const scripts = terms.map((term) => printQuery(queryOf(term, context.coding, wants)))
    const answers = await askScripts(scripts)
    return scripts.map((script, index) => ({ script, answer: answers[index]! }))
  }
