/** Runs whole scripts on one Z3, one after the other, each as if it were alone. */
import { errorLine, readCheckSat, readCore, readValues } from '../smt/answer.ts'
import { readCommands, readExpressions, type Command } from '../smt/s-expression.ts'
import { readSymbol } from '../smt/symbol.ts'
import type { SolverAnswer } from './solvers.ts'
import type { Z3 } from './z3-instance.ts'

/** Crosses the thread: an answer, or Z3's own words for why it refused the script. */
export type ScriptAnswer = SolverAnswer | { readonly is: 'refused'; readonly message: string }

interface Parts {
  /** Options and logic, which Z3 takes only before anything else. */
  readonly prelude: string
  readonly body: string
  /** The texts of the asked terms. */
  readonly asked: readonly string[]
  readonly core: boolean
}

const PRELUDE = new Set(['set-option', 'set-logic', 'set-info'])

/** A script with exactly one check-sat, or why it is not one. */
const takeApart = (script: string): Parts | string => {
  const commands = readCommands(script)
  const text = (from: number, to: number): string => script.slice(commands[from]?.start ?? script.length, commands[to - 1]?.end ?? 0)
  let start = 0
  while (start < commands.length && PRELUDE.has(commands[start]!.name)) start++
  const check = commands.findIndex((command) => command.name === 'check-sat')
  if (check < 0) return 'no check-sat'
  const asked: string[] = []
  let core = false
  for (const command of commands.slice(check + 1)) {
    if (command.name === 'get-value') asked.push(...askedTerms(script, command))
    else if (command.name === 'get-unsat-core') core = true
    else if (command.name !== 'exit') return `\`${command.name}\` after check-sat`
  }
  return { prelude: start === 0 ? '' : text(0, start), body: check > start ? text(start, check) : '', asked, core }
}

const askedTerms = (script: string, command: Command): readonly string[] => {
  const source = script.slice(command.start, command.end)
  const [list] = readExpressions(source)
  const terms = list?.is === 'list' ? list.items[1] : undefined
  return terms?.is === 'list' ? terms.items.map((item) => source.slice(item.start, item.end)) : []
}

const keyOf = (asked: string): string => (asked.startsWith('(') ? asked : readSymbol(asked))

/**
 * Answers in the order of the scripts. Scripts with the same options share one Z3 context through push and pop, which saves most of what a fresh one costs.
 * INVARIANT: the list begins with a fresh context, so equal lists get equal answers whatever ran in this thread before.
 */
export const runScripts = (z3: Z3, scripts: readonly string[], rlimit: number): readonly ScriptAnswer[] => {
  let current: string | undefined
  return scripts.map((script) => {
    const parts = takeApart(script)
    if (typeof parts === 'string') return { is: 'refused', message: parts }
    if (current !== parts.prelude) {
      z3.fresh()
      const refused = errorLine(z3.run(`(set-option :rlimit ${rlimit})${parts.prelude}`))
      current = refused === undefined ? parts.prelude : undefined
      if (refused !== undefined) return { is: 'refused', message: refused }
    }
    const answer = runScript(z3, parts)
    if (answer.is === 'refused' || answer.is === 'unknown') current = undefined
    else z3.run('(pop)')
    return answer
  })
}

const runScript = (z3: Z3, { body, asked, core }: Parts): ScriptAnswer => {
  const answer = z3.run(`(push)${body}\n(check-sat)`)
  const refused = errorLine(answer)
  if (refused !== undefined) return { is: 'refused', message: refused }
  const word = readCheckSat(answer)
  switch (word) {
    case 'unknown':
      return { is: 'unknown', why: reasonUnknown(z3) }
    case 'sat': {
      if (asked.length === 0) return { is: 'sat', values: new Map() }
      const printed = z3.run(`(get-value (${asked.join(' ')}))`)
      const wrong = errorLine(printed)
      if (wrong !== undefined) return { is: 'refused', message: wrong }
      const values = readValues(printed)
      return { is: 'sat', values: new Map(asked.map((term, index) => [keyOf(term), values[index]!])) }
    }
    case 'unsat': {
      if (!core) return { is: 'unsat', core: [] }
      const printed = z3.run('(get-unsat-core)')
      const wrong = errorLine(printed)
      return wrong === undefined ? { is: 'unsat', core: readCore(printed) } : { is: 'refused', message: wrong }
    }
  }
}

/** Z3's reason in the owner's words where it is the budget. */
export const reasonUnknown = (z3: Z3): string => {
  const [, reason = ''] = /:reason-unknown "([^"]*)"/.exec(z3.run('(get-info :reason-unknown)')) ?? []
  return /canceled|resource limit|max\. |timeout/.test(reason)
    ? 'the budget of the solver is used up'
    : reason || 'the solver gives no reason'
}
