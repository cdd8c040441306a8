/** Of many guesses those that hold at the start and that no reaction breaks: whatever a solver shows broken is dropped, until nothing is. */
import type { Ghosts } from '../../constraints/timed.ts'
import type { Coding } from '../compile/conflicts-coding.ts'
import { sizeOf } from '../compile/conflicts-query.ts'
import type { Hope } from '../compile/timed-hopes.ts'
import type { TimedState } from '../compile/timed-state.ts'
import { any, FALSE, not, TRUE } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import type { Term } from '../smt/term.ts'
import type { SolverAnswer } from './solvers.ts'

const LARGEST = 120_000
/** Rounds in which guesses are dropped. */
const ROUNDS = 120

export interface Named {
  readonly label?: string
  readonly term: Term
}

/** A reaction to one kind of event: where it happens, and what it leaves. */
interface OneStep {
  readonly happens: Term
  readonly after: TimedState
  readonly later: readonly Ghosts[]
}

interface Guessing {
  readonly coding: Coding
  readonly hopes: readonly Hope[]
  readonly state: Term
  readonly anywhere: TimedState
  readonly ghosts: readonly Ghosts[]
  readonly steps: readonly OneStep[]
  readonly start: TimedState
  readonly none: readonly Ghosts[]
}

interface Guess {
  readonly hope: Hope
  readonly label: string
  readonly pre: Term
  readonly first: Term
  /** By step: what must hold after it; TRUE where the step changes nothing of it. */
  readonly posts: readonly Term[]
}

type Ask = (scripts: readonly (readonly Named[])[]) => Promise<readonly SolverAnswer[]>

/** The guesses that hold at the start and that no reaction breaks, or why they could not be told. */
export const houdini = async (
  { coding, hopes, state, anywhere, ghosts, steps, start, none }: Guessing,
  stopped: () => boolean,
  ask: Ask,
): Promise<readonly Hope[] | string> => {
  let left = hopes.flatMap((hope, at): readonly Guess[] => {
    const [pre, first] = [hope.holds(anywhere, ghosts), hope.holds(start, none)]
    if (pre === TRUE || first === FALSE) return []
    const posts = steps.map(({ after, later }) => {
      const post = hope.holds(after, later)
      return alike(pre, post) ? TRUE : post
    })
    return [{ hope, label: `h${at}`, pre, first, posts }]
  })
  const drop = (answer: Extract<SolverAnswer, { is: 'sat' }>, of: (guess: Guess) => Term): boolean => {
    const holds = truthIn(answer, coding)
    const before = left.length
    left = left.filter((guess) => holds(of(guess)))
    return left.length < before
  }
  for (let round = 0; ; round++) {
    const broken = left.map(({ first }) => first).filter((term) => term !== TRUE)
    if (broken.length === 0) break
    if (round > ROUNDS) return 'no invariant was found in so many rounds'
    const [answer] = await ask([[{ term: start.holds }, { term: any(broken.map(not)) }]])
    if (answer === undefined || answer.is === 'unknown') return `the solver gave up: ${answer?.why ?? ''}`
    if (answer.is === 'unsat') break
    if (!drop(answer, ({ first }) => first)) return 'the solver gave up: its answer breaks no guess'
  }
  // INVARIANT: a step that keeps all guesses keeps them while those that it was shown with are there.
  const kept = new Map<number, ReadonlySet<string>>()
  const open = (): readonly number[] => {
    const labels = new Set(left.map(({ label }) => label))
    return [...steps.keys()].filter((at) => {
      const known = kept.get(at)
      if (known === undefined) return left.some(({ posts }) => posts[at] !== TRUE)
      return [...known].some((label) => !labels.has(label))
    })
  }
  for (let round = 0; ; round++) {
    const next = open()
    if (next.length === 0) return left.map(({ hope }) => hope)
    if (round > ROUNDS) return 'no invariant was found in so many rounds'
    if (stopped()) return 'the time for the whole check is used up'
    const scripts = next.map((at): readonly Named[] => [
      { term: state },
      { term: steps[at]!.happens },
      ...left.map(({ label, pre }) => ({ label, term: pre })),
      { term: any(left.flatMap(({ posts }) => (posts[at] === TRUE ? [] : [not(posts[at]!)]))) },
    ])
    if (
      scripts.some(
        (terms) =>
          sizeOf(
            terms.map(({ term }) => term),
            LARGEST,
          ) > LARGEST,
      )
    )
      return 'the solver gave up: too much has a part in it'
    const answers = await ask(scripts)
    let dropped = false
    for (const [index, at] of next.entries()) {
      const answer = answers[index]
      if (answer === undefined || answer.is === 'unknown') return `the solver gave up: ${answer?.why ?? ''}`
      if (answer.is === 'unsat') kept.set(at, new Set(answer.core.filter((label) => label.startsWith('h'))))
      else dropped = drop(answer, ({ posts }) => posts[at]!) || dropped
    }
    if (!dropped && answers.some(({ is }) => is === 'sat')) return 'the solver gave up: its answer breaks no guess'
  }
}

/** Whether a term holds in a model; guesses share most of their parts. */
const truthIn = (answer: Extract<SolverAnswer, { is: 'sat' }>, coding: Coding): ((term: Term) => boolean) => {
  const values = new Map<Term, boolean>()
  const lookup = (name: string): ReturnType<Coding['plain']> => answer.values.get(name) ?? coding.plain(name)
  const holds = (term: Term): boolean => {
    const known = values.get(term)
    if (known !== undefined) return known
    const small = term.is === 'apply' && (term.operator === 'or' || term.operator === 'not') && term.arguments.length <= 4
    const made = !small
      ? truthOf(evaluateTerm(term, lookup))
      : term.operator === 'not'
        ? !holds(term.arguments[0]!)
        : term.arguments.some(holds)
    values.set(term, made)
    return made
  }
  return holds
}

const truthOf = (value: ReturnType<typeof evaluateTerm>): boolean => value.is === 'bool' && value.value

/** The same term, as far as a short look tells. */
const alike = (a: Term, b: Term, budget: { left: number } = { left: 60 }): boolean => {
  if (a === b) return true
  if (budget.left-- <= 0 || a.is !== b.is) return false
  if (a.is === 'variable' || b.is === 'variable') return a.is === 'variable' && b.is === 'variable' && a.name === b.name
  if (a.is === 'bool' || b.is === 'bool') return a.is === 'bool' && b.is === 'bool' && a.value === b.value
  if (a.is === 'int' || b.is === 'int') return a.is === 'int' && b.is === 'int' && a.value === b.value
  if (a.is === 'real' || b.is === 'real')
    return a.is === 'real' && b.is === 'real' && a.numerator === b.numerator && a.denominator === b.denominator
  return (
    a.operator === b.operator &&
    a.arguments.length === b.arguments.length &&
    a.arguments.every((argument, at) => alike(argument, b.arguments[at]!, budget))
  )
}
