/** Decides pairs of commands by what their rules need alone, without a solver: parted by a reason that `verify/` repeats, or shown by a run that it replays. */
import { constantValue } from '../../constraints/symbolic-value.ts'
import { compilePairs, type Pairs } from '../compile/pairs/compile-pairs.ts'
import { reasonsOf } from '../compile/pairs/reasons.ts'
import { boxesMeet } from '../compile/pairs/table.ts'
import { witnessRuns } from '../compile/pairs/witness-runs.ts'
import { FALSE } from '../smt/build.ts'
import type { Value } from '../model/automation.ts'
import type { Run } from '../model/conflict.ts'
import { leansOnOf, partedBy } from '../verify/conflicts.ts'
import { completedRun } from '../verify/interpreter.ts'
import type { Analysis, Question } from './conflict-analysis.ts'
import type { Decision } from './conflict-finding.ts'
import { inReplay, namesOf } from './conflict-question.ts'
import { replayOf, type Replayed } from './replayed-run.ts'

/** Meeting ways of one pair from which runs are made. */
const TRIED = 4

/** Questions that are looked at before others have their turn. */
const BREATH = 64

export const decidePairs = async (
  all: Analysis,
  questions: readonly Question[],
  decisions: Map<Question, Decision>,
  stopped: () => boolean,
): Promise<void> => {
  const asked = questions.filter(
    (question) =>
      question.kind.clashing !== undefined &&
      question.subject.exclusion === undefined &&
      question.subject.rules.length === 2 &&
      !decisions.has(question),
  )
  if (asked.length === 0) return
  const wanted = new Set(asked.map(({ subject }) => subject.attribute))
  const pairs = compilePairs(all.whole.structure, (attribute) => wanted.has(attribute))
  const tries: Tries = new Map()
  for (const [at, question] of asked.entries()) {
    if (at % BREATH === BREATH - 1) await new Promise((resolve) => setImmediate(resolve))
    if (stopped()) return
    const decision = parted(all, pairs, question) ?? shown(all, pairs, question, tries)
    if (decision !== undefined) decisions.set(question, decision)
  }
}

/** Whether the commands of two boxes are incompatible, as far as their values are known. */
const clashIn = (
  { whole: { structure } }: Analysis,
  { table }: Pairs,
  { kind, subject }: Question,
): ((one: number, other: number) => boolean) => {
  const attribute = structure.attributes.get(subject.attribute ?? '')
  const codes = new Map<string, number>()
  const codeOf = (text: string): number => codes.get(text) ?? (codes.set(text, codes.size), codes.size - 1)
  const clash = (a: Value, b: Value): boolean => kind.clashing!(attribute, constantValue(a, codeOf), constantValue(b, codeOf)) !== FALSE
  const known = new Map<string, boolean>()
  return (one, other) => {
    const [a, b] = [table.ways[one]!.constant, table.ways[other]!.constant]
    if (a === undefined || b === undefined) return true
    const key = `${table.values[one]!} ${table.values[other]!}`
    const before = known.get(key) ?? clash(a.value, b.value)
    known.set(key, before)
    return before
  }
}

const parted = (all: Analysis, pairs: Pairs, question: Question): Decision | undefined => {
  const { kind, subject } = question
  const [first = '', second = ''] = subject.rules
  const attribute = subject.attribute ?? ''
  const [a, b] = [pairs.group(first, attribute), pairs.group(second, attribute)]
  const clash = clashIn(all, pairs, question)
  for (let one = a.from; one < a.to; one++)
    for (let other = b.from; other < b.to; other++)
      if (clash(one, other) && boxesMeet(pairs.table, one, other, pairs.scratch)) return undefined
  const reasons = reasonsOf(pairs.table, a, b, clash)
  if (reasons === undefined || !partedBy(all.whole.behaviour, kind.number, subject, reasons)) return undefined
  return { is: 'disjoint', reasons }
}

/** Runs that were tried, by what is given to them. */
type Tries = Map<string, { readonly run: Run; readonly replayed?: Replayed }>

/** Steps of a reaction that is tried. */
const STEPS = 500

const attempt = (all: Analysis, made: Run, tries: Tries): { readonly run: Run; readonly replayed?: Replayed } => {
  const { behaviour } = all.whole
  const key = JSON.stringify(made)
  const before = tries.get(key)
  if (before !== undefined) return before
  const run = completedRun(behaviour, made, STEPS)
  const tried = run === undefined ? { run: made } : { run, replayed: replayOf(all, run) }
  tries.set(key, tried)
  return tried
}

/** Runs of one event from states after a restart in which both conditions hold; those that need what is not modelled are left to the search for runs. */
const shown = (all: Analysis, pairs: Pairs, question: Question, tries: Tries): Decision | undefined => {
  const { structure, behaviour } = all.whole
  const { kind, subject } = question
  const [first = '', second = ''] = subject.rules
  const [a, b] = [pairs.group(first, subject.attribute ?? ''), pairs.group(second, subject.attribute ?? '')]
  const clash = clashIn(all, pairs, question)
  let tried = 0
  for (let one = a.from; one < a.to; one++)
    for (let other = b.from; other < b.to && tried < TRIED; other++) {
      if (!clash(one, other)) continue
      for (const made of witnessRuns(pairs, structure, one, other)) {
        tried++
        const { run, replayed } = attempt(all, made, tries)
        if (replayed?.is !== 'run' || !inReplay(all, question, replayed.last)) continue
        const leansOn = leansOnOf(behaviour, namesOf(question), run)
        if (leansOn.length > 0) continue
        const last = replayed.last.last()
        const same = kind.sameEvent(subject, last, structure, all.words)
        return { is: 'run', run, trace: replayed.trace, sameEvent: same.is === 'bool' && same.value, leansOn }
      }
    }
  return undefined
}
