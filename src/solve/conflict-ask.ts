/** Puts questions about one analysis to the solvers, as scripts that stand for themselves. */
import { queryOf, sizeOf } from '../compile/conflicts-query.ts'
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
    const scripts = terms.map((term) => (sizeOf(term, LARGEST) > LARGEST ? '' : printQuery(queryOf(term, context.coding, wants))))
    const answers = await askScripts(scripts.filter((script) => script !== ''))
    let next = 0
    return scripts.map((script) => ({ script, answer: script === '' ? TOO_LARGE : answers[next++]! }))
  }

/** Applications in one question: a solver takes longer for more of them than anybody waits. */
const LARGEST = 60_000

const TOO_LARGE: SolverAnswer = { is: 'unknown', why: 'too much has a part in it' }
