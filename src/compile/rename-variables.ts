/** The same term over other variables. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Term } from '../smt/term.ts'

/** `rename` must know every variable of the term; shared subterms stay shared. */
export function renameVariables(term: Term, rename: (name: string) => string | undefined): Term {
  const done = new Map<Term, Term>()
  const walk = (one: Term): Term => {
    if (one.is !== 'variable' && one.is !== 'apply') return one
    const known = done.get(one)
    if (known !== undefined) return known
    const made: Term = one.is === 'variable' ? { ...one, name: renamed(one.name) } : { ...one, arguments: one.arguments.map(walk) }
    done.set(one, made)
    return made
  }
  const renamed = (name: string): string => {
    const found = rename(name)
    if (found === undefined) throw new EngineError('compile/component', `\`${name}\` stands in a meaning but in no row of its group`)
    return found
  }
  return walk(term)
}
