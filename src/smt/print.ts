/** Terms and queries as SMT-LIB 2 text. Same value, same bytes; a subterm that is shared is written once. */
import { TermError } from './term-error.ts'
import { all, sortOf } from './build.ts'
import { printSymbol } from './symbol.ts'
import type { Query, Sort, Term } from './term.ts'

type Apply = Extract<Term, { readonly is: 'apply' }>

export interface PrintOptions {
  readonly produceCores?: boolean
  /** Default: true where the query asks for values. */
  readonly produceModels?: boolean
  /** Int or Real terms to minimise in order (an extension of Z3; other solvers refuse it). */
  readonly minimise?: readonly Term[]
  /** Names for terms that commands added to the text refer to; never a variable's or a label's name. */
  readonly definitions?: readonly (readonly [string, Term])[]
  /** Options of the solver, printed first, in the given order: `[':rlimit', '1000']`. */
  readonly settings?: readonly (readonly [string, string])[]
}

const natural = (value: bigint, suffix = ''): string => (value < 0n ? `(- ${-value}${suffix})` : `${value}${suffix}`)

const leaf = (term: Exclude<Term, Apply>): string => {
  switch (term.is) {
    case 'bool':
      return term.value ? 'true' : 'false'
    case 'int':
      return natural(term.value)
    case 'real': {
      if (term.denominator === 1n) return natural(term.numerator, '.0')
      const size = `(/ ${term.numerator < 0n ? -term.numerator : term.numerator}.0 ${term.denominator}.0)`
      return term.numerator < 0n ? `(- ${size})` : size
    }
    case 'variable':
      return printSymbol(term.name)
  }
}

interface Walk {
  readonly variables: Map<string, Sort>
  /** Applications that occur more than once, each after those it contains. */
  readonly shared: readonly Apply[]
}

const noteVariable = (variables: Map<string, Sort>, name: string, sort: Sort): void => {
  const known = variables.get(name)
  if (known !== undefined && known !== sort) throw new TermError('smt/sort', `\`${name}\` is both ${known} and ${sort}`)
  variables.set(name, sort)
}

const walk = (roots: readonly Term[]): Walk => {
  const variables = new Map<string, Sort>()
  const uses = new Map<Apply, number>()
  const finished: Apply[] = []
  for (const root of roots) {
    const stack: { readonly term: Term; readonly leaving: boolean }[] = [{ term: root, leaving: false }]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { term } = top
      if (term.is === 'variable') noteVariable(variables, term.name, term.sort)
      if (term.is !== 'apply') continue
      if (top.leaving) {
        finished.push(term)
        continue
      }
      const seen = uses.get(term) ?? 0
      uses.set(term, seen + 1)
      if (seen > 0) continue
      stack.push({ term, leaving: true })
      for (let i = term.arguments.length - 1; i >= 0; i--) stack.push({ term: term.arguments[i]!, leaving: false })
    }
  }
  return { variables, shared: finished.filter((term) => uses.get(term)! > 1) }
}

/** Appends the text of `term` to `out`, naming the terms in `names` but writing `term` itself out. */
const write = (term: Term, names: ReadonlyMap<Term, string>, out: string[]): void => {
  const stack: (Term | string)[] = [term]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top === 'string') out.push(top)
    else if (top.is !== 'apply') out.push(leaf(top))
    else {
      const name = top === term ? undefined : names.get(top)
      if (name !== undefined) {
        out.push(name)
        continue
      }
      out.push('(', top.operator)
      stack.push(')')
      for (let i = top.arguments.length - 1; i >= 0; i--) stack.push(top.arguments[i]!, ' ')
    }
  }
}

// INVARIANT: names of shared terms never equal a variable's or a label's symbol.
const namer = (taken: Iterable<string>): ((index: number) => string) => {
  let prefix = '$'
  for (const name of taken) {
    const bars = /^(\$+)\d+$/.exec(name)
    if (bars !== null && bars[1]!.length >= prefix.length) prefix = `${bars[1]!}$`
  }
  return (index) => `${prefix}${index}`
}

/** The term as one s-expression; shared subterms are bound by `let`, one `let` per layer of sharing. */
export const printTerm = (term: Term): string => {
  const { variables, shared } = walk([term])
  const out: string[] = []
  if (shared.length === 0) {
    write(term, new Map(), out)
    return out.join('')
  }
  const name = namer(variables.keys())
  const names = new Map<Term, string>()
  const layerOf = new Map<Term, number>()
  const layers: Apply[][] = []
  shared.forEach((part, index) => {
    const layer = layerBelow(part, layerOf)
    layerOf.set(part, layer)
    names.set(part, name(index + 1))
    ;(layers[layer] ??= []).push(part)
  })
  for (const layer of layers) {
    out.push('(let (')
    layer.forEach((part, index) => {
      out.push(index === 0 ? '(' : ' (', names.get(part)!, ' ')
      write(part, names, out)
      out.push(')')
    })
    out.push(') ')
  }
  write(term, names, out)
  out.push(')'.repeat(layers.length))
  return out.join('')
}

/** One more than the highest layer of a shared term inside `term`, walking only its unshared part. */
const layerBelow = (term: Apply, layerOf: ReadonlyMap<Term, number>): number => {
  let layer = 0
  const stack: Term[] = [...term.arguments]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.is !== 'apply') continue
    const known = layerOf.get(top)
    if (known === undefined) for (const part of top.arguments) stack.push(part)
    else if (known >= layer) layer = known + 1
  }
  return layer
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A script up to its check-sat: settings, declarations sorted by name, shared terms as `define-fun`, definitions, then assertions, those with one label joined under it. */
export const printProgram = (query: Query, options: PrintOptions = {}): string => {
  const { values } = query
  const minimise = options.minimise ?? []
  const definitions = options.definitions ?? []
  const groups = joinLabels(query)
  const roots = [...groups.map((group) => group.term), ...minimise, ...definitions.map(([, term]) => term)]
  const { variables, shared } = walk(roots)
  for (const [name, sort] of walk(values).variables) noteVariable(variables, name, sort)
  const name = namer(taken(variables, [...groups.map(({ label }) => label), ...definitions.map(([defined]) => defined)]))
  const names = new Map<Term, string>(shared.map((term, index) => [term, name(index + 1)]))
  const out: string[] = []
  for (const [key, value] of options.settings ?? []) out.push(`(set-option ${key} ${value})\n`)
  if (options.produceCores === true) out.push('(set-option :produce-unsat-cores true)\n')
  if (options.produceModels ?? values.length > 0) out.push('(set-option :produce-models true)\n')
  if (query.logic !== undefined) out.push(`(set-logic ${query.logic})\n`)
  for (const [variable, sort] of [...variables].sort((a, b) => byCodeUnit(a[0], b[0])))
    out.push(`(declare-const ${printSymbol(variable)} ${sort})\n`)
  const refer = (term: Term): void => {
    const known = names.get(term)
    if (known === undefined) write(term, names, out)
    else out.push(known)
  }
  for (const term of shared) {
    out.push('(define-fun ', names.get(term)!, ` () ${term.sort} `)
    write(term, names, out)
    out.push(')\n')
  }
  for (const [defined, term] of definitions) {
    out.push(`(define-fun ${printSymbol(defined)} () ${sortOf(term)} `)
    refer(term)
    out.push(')\n')
  }
  for (const { label, term } of groups) {
    out.push(label === undefined ? '(assert ' : '(assert (! ')
    refer(term)
    out.push(label === undefined ? ')\n' : ` :named ${printSymbol(label)}))\n`)
  }
  for (const term of minimise) {
    out.push('(minimize ')
    refer(term)
    out.push(')\n')
  }
  return out.join('')
}

/** A whole script: the program, check-sat, then get-value and get-unsat-core where asked. */
export const printQuery = (query: Query, options: PrintOptions = {}): string => {
  const values = query.values.length === 0 ? '' : `(get-value (${query.values.map(printTerm).join(' ')}))\n`
  return `${printProgram(query, options)}(check-sat)\n${values}${options.produceCores === true ? '(get-unsat-core)\n' : ''}`
}

const joinLabels = (query: Query): readonly { readonly label?: string; readonly term: Term }[] => {
  const byLabel = new Map<string, Term[]>()
  for (const { label, term } of query.assertions) {
    if (label === undefined) continue
    const terms = byLabel.get(label)
    if (terms === undefined) byLabel.set(label, [term])
    else terms.push(term)
  }
  const joined: { readonly label?: string; readonly term: Term }[] = []
  for (const assertion of query.assertions) {
    if (assertion.label === undefined) {
      if (assertion.term.is !== 'bool' || !assertion.term.value) joined.push(assertion)
      continue
    }
    const terms = byLabel.get(assertion.label)
    if (terms === undefined) continue
    byLabel.delete(assertion.label)
    joined.push({ label: assertion.label, term: all(terms) })
  }
  return joined
}

/** Every name in use; a label that is also a variable is refused, as SMT-LIB has one space of names. */
const taken = (variables: ReadonlyMap<string, Sort>, labels: readonly (string | undefined)[]): readonly string[] => {
  const names = [...variables.keys()]
  for (const label of labels) {
    if (label === undefined) continue
    if (variables.has(label)) throw new TermError('smt/label', `\`${label}\` names an assertion or a definition and a variable`)
    names.push(label)
  }
  return names
}
