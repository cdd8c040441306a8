/** Questions that fold to "no" while they are compiled, asked again in plain terms, so that anyone can repeat the refutation. */
import type {
  ConflictKind,
  ConflictStructure,
  ConflictSubject,
  ConflictWords,
  Reaction,
  ReactionWrite,
  Standing,
} from '../../constraints/reaction.ts'
import { componentsOf, equalValues, isConstant, nullValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, eq, FALSE, implies, int, neq, TRUE, variable } from '../smt/build.ts'
import type { Query, Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'
import { EVERYTHING } from './conflicts-value-set.ts'

/** Satisfiable iff in some reaction the rules (one rule: one run of it) have different values to command, guards left aside; undefined where a value is no constant. */
export const valuesQuery = (subject: ConflictSubject, reactions: readonly Reaction[]): Query | undefined => {
  const codes = new Map<string, number>()
  const codeOf = (value: SymbolicValue): number => {
    const key = JSON.stringify(
      componentsOf(value).map((term) =>
        term.is === 'bool'
          ? term.value
          : term.is === 'int'
            ? `${term.value}`
            : term.is === 'real'
              ? `${term.numerator}/${term.denominator}`
              : '',
      ),
    )
    const code = codes.get(key) ?? codes.size
    codes.set(key, code)
    return code
  }
  const [first = '', second = first] = subject.rules
  const [x, y, where] = [variable('one value', 'Int'), variable('other value', 'Int'), variable('reaction', 'Int')]
  const cases: Term[] = []
  for (const [index, reaction] of reactions.entries()) {
    const writes = reaction.writes.filter((write) => write.attribute === subject.attribute && subject.rules.includes(write.rule))
    if (!writes.every(({ value }) => isConstant(value))) return undefined
    const runs = first === second ? [...new Set(writes.map(({ run }) => run))] : [undefined]
    for (const run of runs) {
      const among = (rule: string, term: Term): Term =>
        any(
          [
            ...new Set(
              writes.filter((write) => write.rule === rule && (run === undefined || write.run === run)).map(({ value }) => codeOf(value)),
            ),
          ].map((code) => eq(term, int(code))),
        )
      cases.push(and(eq(where, int(index)), among(first, x), among(second, y)))
    }
  }
  return { assertions: [{ term: any(cases) }, { term: neq(x, y) }], values: [] }
}

/** Satisfiable iff in some reaction the rules (one rule: one run of it) command values that clash, each named apart from what it is computed from, so that nothing folds away. */
export const clashTerms = (
  kind: ConflictKind,
  subject: ConflictSubject,
  reactions: readonly Reaction[],
  structure: ConflictStructure,
  words: ConflictWords,
  coding: Coding,
): readonly Term[] => {
  const [first = '', second = first] = subject.rules
  const where = coding.variable('reaction', 'Int')
  const attributes = subject.exclusion?.members.map(({ attribute }) => attribute) ?? [subject.attribute ?? '']
  // A rule that contradicts itself has two commands of one attribute, or one of each member.
  const places = [first, second].flatMap((rule, index) =>
    attributes.map((attribute) => ({ rule, attribute, run: first === second ? 0 : index })),
  )
  const named = places.map((place, index): ReactionWrite => ({
    ...place,
    step: '',
    guard: coding.variable(`command ${index}`, 'Bool'),
    value: coding.valueIn(`command ${index}`, EVERYTHING),
    direct: false,
  }))
  const cases = reactions.flatMap((reaction, index) => {
    const writes = reaction.writes.filter(({ attribute, rule }) => attributes.includes(attribute) && subject.rules.includes(rule))
    const runs = first === second ? [...new Set(writes.map(({ run }) => run))] : [undefined]
    return runs.map((run) => {
      const happens = named.map(({ rule, attribute, guard, value }) => {
        const meant = writes.filter((write) => write.rule === rule && write.attribute === attribute && (run ?? write.run) === write.run)
        return implies(guard, any(meant.map((write) => and(write.guard, equalValues(value, write.value)))))
      })
      return and(eq(where, int(index)), reaction.possible, ...happens)
    })
  })
  const nothing = (): Standing => ({ value: nullValue, by: int(-1) })
  const commanded: Reaction = {
    event: { is: 'restart' },
    possible: TRUE,
    writes: named,
    started: [],
    dropped: [],
    executed: [],
    before: nothing,
    after: nothing,
    evaluate: { before: () => nullValue, after: () => nullValue },
    endless: FALSE,
    turned: () => TRUE,
  }
  return [any(cases), kind.bad(subject, commanded, structure, words)]
}
