/** From a term that must be satisfied to a self-contained query: the conditions of its variables join it, and only those. */
import { logicOf } from '../smt/logic.ts'
import type { Assertion, Query, Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'

/** Variables of the terms by name, each shared part visited once. */
export const variablesOf = (
  terms: readonly Term[],
  known: Map<string, Term> = new Map(),
  seen: Set<Term> = new Set(),
): Map<string, Term> => {
  const open = [...terms]
  for (let term = open.pop(); term !== undefined; term = open.pop()) {
    if (term.is === 'variable') known.set(term.name, term)
    if (term.is !== 'apply' || seen.has(term)) continue
    seen.add(term)
    for (const argument of term.arguments) open.push(argument)
  }
  return known
}

/** Applications in the terms, each shared one counted once; at most so many are looked at. */
export const sizeOf = (terms: readonly Term[], most: number): number => {
  const seen = new Set<Term>()
  const open = [...terms]
  for (let term = open.pop(); term !== undefined && seen.size <= most; term = open.pop()) {
    if (term.is !== 'apply' || seen.has(term)) continue
    seen.add(term)
    for (const argument of term.arguments) open.push(argument)
  }
  return seen.size
}

/** The terms and the axioms of every variable that they reach, sorted by variable. */
export const closed = (
  terms: readonly Term[],
  coding: Coding,
): { readonly assertions: readonly Assertion[]; readonly variables: ReadonlyMap<string, Term> } => {
  const seen = new Set<Term>()
  const variables = new Map<string, Term>()
  const done = new Set<string>()
  const axioms: { readonly name: string; readonly term: Term }[] = []
  let open: readonly Term[] = terms
  while (open.length > 0) {
    variablesOf(open, variables, seen)
    const fresh = [...variables.keys()].filter((name) => !done.has(name))
    fresh.forEach((name) => done.add(name))
    const added = fresh.flatMap((name) => (coding.axioms.get(name) ?? []).map((term) => ({ name, term })))
    axioms.push(...added)
    open = added.map(({ term }) => term)
  }
  axioms.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return { assertions: [...axioms.map(({ term }) => ({ term })), ...terms.map((term) => ({ term }))], variables }
}

/** Satisfiable iff the term is; asks for the value of every variable, or for none. */
export const queryOf = (terms: readonly Term[], coding: Coding, wants: 'values' | 'verdict'): Query => {
  const { assertions, variables } = closed(terms, coding)
  const names = [...variables.keys()].sort()
  return {
    logic: logicOf(assertions.map(({ term }) => term)),
    assertions,
    values: wants === 'values' ? names.map((name) => variables.get(name)!) : [],
  }
}
