/** Refutes questions for any reaction from any state at rest: many in one script, as one refusal serves all of them. */
import { and, any, FALSE } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'
import { queryOf } from '../compile/conflicts-query.ts'
import { clashTerms, valuesQuery } from '../compile/conflicts-plain-scripts.ts'
import { askOf, type AskScripts } from './conflict-ask.ts'
import type { Analysis, Question } from './conflict-analysis.ts'
import type { Decision } from './conflict-finding.ts'
import { overAnyReaction } from './conflict-question.ts'

interface Open {
  readonly question: Question
  readonly term: Term
}

/** Questions asked together. */
const BATCH = 12

export interface Patience {
  /** Asked now and then: once it says yes, what is still open is left open. */
  readonly stopped: () => boolean
  /** Questions that are too much together are asked again, fewer at a time. */
  readonly patient: boolean
}

/** Decides what a refutation decides, and says why it could not ask for others. */
export const refute = async (
  analysis: Analysis,
  questions: readonly Question[],
  askScripts: AskScripts,
  decisions: Map<Question, Decision>,
  { stopped, patient }: Patience,
): Promise<ReadonlyMap<Question, string>> => {
  const open: Open[] = []
  const folded: Question[] = []
  const causes = new Map<Question, string>()
  for (const question of questions) {
    if (stopped()) return causes
    const term = overAnyReaction(analysis, question)
    if (term === 'too-many') causes.set(question, 'too many pairs of events have a part in it')
    else if (term === FALSE) folded.push(question)
    else open.push({ question, term })
  }
  for (const question of folded) decisions.set(question, { is: 'structure', ...whyNever(analysis, question) })
  const batches: (readonly Open[])[] = []
  for (let from = 0; from < open.length; from += BATCH) batches.push(open.slice(from, from + BATCH))
  await Promise.all([
    ...batches.map((batch) => refuteBatch({ analysis, askScripts, decisions, causes, stopped, patient }, batch)),
    repeatPlainly(analysis, folded, askScripts, decisions),
  ])
  return causes
}

interface Refuting extends Patience {
  readonly analysis: Analysis
  readonly askScripts: AskScripts
  readonly decisions: Map<Question, Decision>
  readonly causes: Map<Question, string>
}

/** Asks whether any question of the batch can be shown, and takes out those that the answer shows, until none is left that can. */
const refuteBatch = async (how: Refuting, batch: readonly Open[]): Promise<void> => {
  const { analysis, askScripts, decisions, causes } = how
  const ask = askOf(analysis, askScripts)
  let open = batch
  while (open.length > 0 && !how.stopped()) {
    const [asked] = await ask([[any(open.map(({ term }) => term))]], open.length === 1 ? 'verdict' : 'values')
    const { answer, script } = asked!
    if (answer.is === 'unsat') {
      for (const { question } of open) decisions.set(question, { is: 'refuted', script, invariants: analysis.whole.invariants() })
      return
    }
    if (open.length === 1) {
      if (answer.is === 'unknown') causes.set(open[0]!.question, `the solver gave up: ${answer.why}`)
      return
    }
    if (answer.is === 'unknown') {
      for (const { question } of open) causes.set(question, `the solver gave up: ${answer.why}`)
      if (!how.patient) return
      // Together they were too much: each half may not be.
      const half = open.length >> 1
      await refuteBatch(how, open.slice(0, half))
      await refuteBatch(how, open.slice(half))
      return
    }
    const lookup = (name: string): ReturnType<typeof analysis.context.coding.plain> =>
      answer.values.get(name) ?? analysis.context.coding.plain(name)
    const left = open.filter(({ term }) => {
      const shown = evaluateTerm(term, lookup)
      return shown.is !== 'bool' || !shown.value
    })
    // Progress is certain: the answer shows one of them; should it not, they are asked one by one.
    if (left.length === open.length) {
      for (const one of open) await refuteBatch(how, [one])
      return
    }
    open = left
  }
}

/** What folded to "no" has, where it can be put so, a script in plain terms that a solver refutes. */
const repeatPlainly = async (
  analysis: Analysis,
  folded: readonly Question[],
  ask: AskScripts,
  decisions: Map<Question, Decision>,
): Promise<void> => {
  const { structure, coding } = analysis.context
  let left = folded.filter((question) => question.kind.ofCommands === true && question.subject.standing !== true)
  const attempts = [
    ({ subject }: Question) => (subject.exclusion === undefined ? valuesQuery(subject, analysis.beyond()) : undefined),
    ({ kind, subject }: Question) =>
      queryOf(clashTerms(kind, subject, analysis.beyond(), structure, analysis.words, coding), coding, 'verdict'),
  ]
  for (const attempt of attempts) {
    const plain = left.flatMap((question) => {
      const query = attempt(question)
      return query === undefined ? [] : [{ question, script: printQuery(query) }]
    })
    const distinct = [...new Set(plain.map(({ script }) => script))]
    const answers = await ask(distinct)
    const refuted = new Set(distinct.filter((_, index) => answers[index]?.is === 'unsat'))
    for (const { question, script } of plain)
      if (refuted.has(script)) decisions.set(question, { is: 'refuted', script, invariants: analysis.whole.invariants() })
    left = left.filter((question) => decisions.get(question)?.is === 'structure')
  }
}

/** The argument where no reaction is left to solve: its rules never act in one reaction, or only with values that go together. */
const whyNever = (analysis: Analysis, { kind, subject }: Question): Omit<Extract<Decision, { is: 'structure' }>, 'is'> => {
  const facts = subject.step === undefined ? subject.rules : [`${subject.rules[0] ?? ''}/${subject.step}`]
  if (kind.shownBy === 'proof') return { argument: 'unreachable', facts, holds: true, why: 'no value that can occur lets it run' }
  const together = analysis.beyond().some(({ writes }) => subject.rules.every((rule) => writes.some((write) => write.rule === rule)))
  return together
    ? { argument: 'same-values', facts, holds: false, why: 'where they act in one reaction, their values go together' }
    : { argument: 'unreachable', facts, holds: false, why: 'no outside event leads to both' }
}

/** Decides what claims something of every state at rest: refuted as a script is, or not to be listed. */
export const relate = async (
  analysis: Analysis,
  questions: readonly Question[],
  askScripts: AskScripts,
  decisions: Map<Question, Decision>,
  stateOf: (analysis: Analysis) => Parameters<NonNullable<Question['kind']['relation']>>[1],
): Promise<void> => {
  const state = stateOf(analysis)
  const { context, words } = analysis
  const asked = questions.map((question) => and(question.kind.relation!(question.subject, state, context.structure, words)))
  const answers = await askOf(analysis, askScripts)(
    asked.map((term) => [term]),
    'verdict',
  )
  for (const [index, question] of questions.entries()) {
    const { answer, script } = answers[index]!
    if (answer.is === 'unsat') decisions.set(question, { is: 'refuted', script, invariants: analysis.whole.invariants() })
    else decisions.set(question, { is: 'no-finding' })
  }
}
