// Verifying the file of `check --out`: runs are replayed, arguments repeated, scripts put to a second solver, all against the sources as they are now.
import { timedKinds } from '../../constraints/timed-kinds.ts'
import { conflictKinds } from '../../constraints/conflict.ts'
import { check, readBehaviour, type CheckInputs } from '../engine-check.ts'
import type { Behaviour } from '../model/automation.ts'
import type { Finding, Run, TraceLine } from '../model/conflict.ts'
import { isTimedRun } from '../model/timed-run.ts'
import { counted } from '../report/numbers.ts'
import { createSolvers } from '../solve/create-solvers.ts'
import { askExternal, type Program } from '../solve/external.ts'
import { verifyFindings } from '../verify/conflicts.ts'
import { replay } from '../verify/interpreter.ts'
import { replayTimed, textOfExact } from '../verify/timed-interpreter.ts'
import { importers, openCheckInputs, textsOf } from './behaviours.ts'
import { refuse } from './complain.ts'
import type { ExitCode } from './exit-codes.ts'
import { readSource } from './files.ts'
import { readStoredReport, type StoredReport } from './stored-report.ts'
import type { Streams } from './streams.ts'
import type { VerifyCommandOptions } from './verify-options.ts'
import { sayOutcome } from './verdict-lines.ts'

export async function verifyReport(file: string, options: VerifyCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const refusal = { outcome: 'nothing was verified', json: options.json === true }
  const text = await readSource(file, streams)
  const stored = text.ok ? readStoredReport(text.value) : text
  if (!stored.ok) return refuse(stored.diagnostics, { ...refusal, sources: text.ok ? [text.value] : [] }, streams)
  const opened = await openCheckInputs(stored.value.sources, options.aliases ?? stored.value.aliases, streams, stored.value)
  if (!opened.ok) return refuse(opened.diagnostics, refusal, streams)
  const inputs = opened.value
  const behaviour = readBehaviour(inputs, importers(streams))
  if (!behaviour.ok) return refuse(behaviour.diagnostics, { ...refusal, sources: textsOf(inputs) }, streams)
  const tally = verifyEach(stored.value.findings, behaviour.value)
  tally.refuted.push(...(await unlikeSources(stored.value, inputs, streams)))
  if (tally.scripted.length > 0) await confirmScripts(tally, stored.value, inputs, options.solver, streams, signal)
  const confirmed = [...tally.confirmed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => `${counted(one.count, one.noun)}: ${one.how}`)
  return sayOutcome({ confirmed, refuted: tally.refuted, undecided: tally.undecided }, options.json === true, streams)
}

interface Confirmed {
  readonly count: number
  readonly noun: string
  readonly how: string
}

interface Tally {
  readonly confirmed: Map<string, Confirmed>
  readonly refuted: string[]
  readonly undecided: string[]
  /** Proofs that only a solver can repeat. */
  readonly scripted: Finding[]
}

function verifyEach(findings: readonly Finding[], behaviour: Behaviour): Tally {
  const tally: Tally = { confirmed: new Map(), refuted: [], undecided: [], scripted: [] }
  const checks = verifyFindings(behaviour, findings)
  for (const [index, finding] of findings.entries()) {
    const name = `${finding.id} ${finding.subject}`
    if (finding.verdict === 'unknown') {
      tally.undecided.push(`${name}: the report itself says unknown`)
      continue
    }
    const checked = checks[index]!
    const trace = wrongTrace(behaviour, finding)
    if (trace !== undefined) tally.refuted.push(`${name}: ${trace}`)
    else if (checked.agrees) count(tally, nouns[finding.verdict], sayParty(checked.checkedBy))
    else if (checked.checkedBy !== 'nobody') tally.refuted.push(`${name}: ${checked.why ?? 'the checker finds otherwise'}`)
    else if (finding.verdict === 'proved' && scriptsOf(finding) !== undefined) tally.scripted.push(finding)
    else tally.undecided.push(`${name}: ${checked.why ?? 'the checker cannot tell'}`)
  }
  return tally
}

function sayParty(party: string): string {
  switch (party) {
    case 'interpreter':
      return 'replayed in the interpreter'
    case 'structure':
      return 'argument repeated'
    case 'enumeration':
      return 'every run enumerated'
    default:
      return party
  }
}

const nouns = { proved: 'proof', conflict: 'conflict', possible: 'possible conflict', unknown: 'open question' } as const

function count({ confirmed }: Tally, noun: string, how: string): void {
  const key = `${noun}: ${how}`
  confirmed.set(key, { count: (confirmed.get(key)?.count ?? 0) + 1, noun, how })
}

/** What the run does, with instants where it has them. */
const linesOf = (behaviour: Behaviour, run: Run): readonly TraceLine[] =>
  isTimedRun(run)
    ? replayTimed(behaviour, run).reactions.flatMap(({ at, reaction }) =>
        reaction.lines.map((line) => ({ ...line, instant: textOfExact(at) })),
      )
    : replay(behaviour, run).reactions.flatMap(({ lines }) => lines)

/** What a person reads must be what happens: the lines shown stand in the replayed run, in their order. */
function wrongTrace(behaviour: Behaviour, { trace, run, verdict }: Finding): string | undefined {
  if (run === undefined) return trace.length > 0 ? 'it shows a trace, but no run to replay' : undefined
  if (verdict === 'conflict' && trace.length === 0) return 'it shows no trace of its run'
  const played = linesOf(behaviour, run).map((line) => JSON.stringify(line))
  let from = 0
  for (const line of trace) {
    const at = played.indexOf(JSON.stringify(line), from)
    if (at < 0) return `its trace is not what the run does: ${line.what}`
    from = at + 1
  }
  return undefined
}

/** Where the report leaves out or rewords what the sources raise: every question compiled again, none of them solved. */
async function unlikeSources(stored: StoredReport, inputs: CheckInputs, streams: Streams): Promise<readonly string[]> {
  const unsolved: Parameters<typeof check>[1] = {
    askAll: (scripts) => Promise.resolve(scripts.map(() => ({ is: 'unknown', why: 'not asked' }))),
  }
  const kinds = conflictKinds.filter(({ id }) => stored.kinds.includes(id))
  const report = await check(inputs, unsolved, { kinds, importers: importers(streams) })
  const raised = report.status === 'checked' ? report.findings : []
  const answers = new Map(stored.findings.map((finding) => [questionOf(finding), finding]))
  return raised.flatMap((question) => {
    const answer = answers.get(questionOf(question))
    const unlike = answer === undefined ? 'the sources raise this question, the report does not answer it' : rewordedIn(question, answer)
    return unlike === undefined ? [] : [`${question.id} ${question.subject}: ${unlike}`]
  })
}

const questionOf = ({ kind, subject }: Finding) => `${kind}\n${subject}`

function rewordedIn(question: Finding, answer: Finding): string | undefined {
  const facts = ({ id, severity, actuator, rules, locations }: Finding) => JSON.stringify([id, severity, actuator, rules, locations])
  if (facts(question) !== facts(answer)) return 'its rules or places are not those of the sources'
  // Without a solver, a question may be decided by another sort of argument than with one; the checker has repeated either.
  const [asked, given] = [question.certificate, answer.certificate]
  if (asked?.is !== 'structure' || given?.is !== 'structure' || JSON.stringify(asked) === JSON.stringify(given)) return undefined
  return 'its argument is not the one that the sources give'
}

/** A script counts only if the sources give the same script again, and a second solver refutes it. */
async function confirmScripts(
  tally: Tally,
  stored: StoredReport,
  inputs: CheckInputs,
  program: Program | undefined,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  if (program === undefined) {
    tally.undecided.push(
      `${counted(tally.scripted.length, 'proof')} ${tally.scripted.length === 1 ? 'rests' : 'rest'} on one solver; --solver cvc5 asks another`,
    )
    return
  }
  const fresh = await scriptsAgain(stored, inputs, streams)
  const answers = new Map<string, Awaited<ReturnType<typeof askExternal>>>()
  for (const finding of tally.scripted) {
    const name = `${finding.id} ${finding.subject}`
    const scripts = scriptsOf(finding) ?? []
    if (JSON.stringify(scripts) !== JSON.stringify(fresh.get(finding.fingerprint))) {
      tally.refuted.push(`${name}: its scripts are not those that the sources give`)
      continue
    }
    for (const script of scripts)
      if (!answers.has(script)) answers.set(script, await askExternal(program, script, { milliseconds: 60_000, signal }))
    const wrong = scripts.map((script) => answers.get(script)!).find((answer) => answer !== 'unsat')
    if (wrong === undefined) count(tally, 'proof', `every script refuted by ${program}, too`)
    else if (wrong === 'sat') tally.refuted.push(`${name}: ${program} finds a run that the proof rules out`)
    else
      tally.undecided.push(
        `${name}: ${typeof wrong === 'string' ? `${program} answers ${wrong}` : 'missing' in wrong ? `${program} is not installed` : `${program} fails: ${wrong.error}`}`,
      )
  }
}

/** Scripts that are unsatisfiable together with which a proof stands; nothing: it needs none. */
const scriptsOf = ({ certificate }: Finding): readonly string[] | undefined =>
  certificate?.is === 'refutation' || certificate?.is === 'induction' ? certificate.scripts.map(({ text }) => text) : undefined

/** Scripts of all proofs by the finding's fingerprint, made again from the sources. */
async function scriptsAgain(stored: StoredReport, inputs: CheckInputs, streams: Streams): Promise<ReadonlyMap<string, readonly string[]>> {
  const solvers = createSolvers()
  try {
    const kinds = conflictKinds.filter(({ id }) => stored.kinds.includes(id))
    const timed = { kinds: timedKinds.filter(({ id }) => stored.kinds.includes(id)) }
    const report = await check(inputs, solvers, { kinds, timed, importers: importers(streams) })
    const findings = report.status === 'checked' ? report.findings : []
    return new Map(
      findings.flatMap((finding) => {
        const scripts = scriptsOf(finding)
        return scripts === undefined ? [] : [[finding.fingerprint, scripts] as const]
      }),
    )
  } finally {
    await solvers.close()
  }
}
