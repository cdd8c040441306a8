// Verifying the file of `check --out`: runs are replayed, arguments repeated, scripts put to a second solver, all against the sources as they are now.
import { conflictKinds } from '../../constraints/conflict.ts'
import { check, readBehaviour, type CheckInputs } from '../engine-check.ts'
import type { Behaviour } from '../model/automation.ts'
import type { Finding } from '../model/conflict.ts'
import { counted } from '../report/numbers.ts'
import { createSolvers } from '../solve/create-solvers.ts'
import { askExternal, type Program } from '../solve/external.ts'
import { verifyFinding } from '../verify/conflicts.ts'
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
  const opened = await openCheckInputs(stored.value.sources, options.aliases ?? stored.value.aliases, streams)
  if (!opened.ok) return refuse(opened.diagnostics, refusal, streams)
  const inputs = opened.value
  const behaviour = readBehaviour(inputs, importers(streams))
  if (!behaviour.ok) return refuse(behaviour.diagnostics, { ...refusal, sources: textsOf(inputs) }, streams)
  const tally = verifyEach(stored.value.findings, behaviour.value)
  if (tally.scripted.length > 0) await confirmScripts(tally, stored.value, inputs, options.solver, streams, signal)
  const confirmed = [...tally.confirmed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `${counted(count, 'finding')} ${what}`)
  return sayOutcome({ confirmed, refuted: tally.refuted, undecided: tally.undecided }, options.json === true, streams)
}

interface Tally {
  readonly confirmed: Map<string, number>
  readonly refuted: string[]
  readonly undecided: string[]
  /** Proofs that only a solver can repeat. */
  readonly scripted: Finding[]
}

function verifyEach(findings: readonly Finding[], behaviour: Behaviour): Tally {
  const tally: Tally = { confirmed: new Map(), refuted: [], undecided: [], scripted: [] }
  for (const finding of findings) {
    const name = `${finding.id} ${finding.subject}`
    if (finding.verdict === 'unknown') {
      tally.undecided.push(`${name}: the report itself says unknown`)
      continue
    }
    const checked = verifyFinding(behaviour, finding)
    if (checked.agrees) count(tally, `${finding.verdict}: ${sayParty(checked.checkedBy)}`)
    else if (checked.checkedBy !== 'nobody') tally.refuted.push(`${name}: ${checked.why ?? 'the checker finds otherwise'}`)
    else if (finding.verdict === 'proved' && finding.certificate?.is === 'refutation') tally.scripted.push(finding)
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

const count = (tally: Tally, what: string) => tally.confirmed.set(what, (tally.confirmed.get(what) ?? 0) + 1)

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
    const scripts = finding.certificate?.is === 'refutation' ? finding.certificate.scripts.map(({ text }) => text) : []
    if (JSON.stringify(scripts) !== JSON.stringify(fresh.get(finding.fingerprint))) {
      tally.refuted.push(`${name}: its scripts are not those that the sources give`)
      continue
    }
    for (const script of scripts)
      if (!answers.has(script)) answers.set(script, await askExternal(program, script, { milliseconds: 60_000, signal }))
    const wrong = scripts.map((script) => answers.get(script)!).find((answer) => answer !== 'unsat')
    if (wrong === undefined) count(tally, `proved: every script refuted by ${program}, too`)
    else if (wrong === 'sat') tally.refuted.push(`${name}: ${program} finds a run that the proof rules out`)
    else
      tally.undecided.push(
        `${name}: ${typeof wrong === 'string' ? `${program} answers ${wrong}` : 'missing' in wrong ? `${program} is not installed` : `${program} fails: ${wrong.error}`}`,
      )
  }
}

/** Scripts of all proofs by the finding's fingerprint, made again from the sources. */
async function scriptsAgain(stored: StoredReport, inputs: CheckInputs, streams: Streams): Promise<ReadonlyMap<string, readonly string[]>> {
  const solvers = createSolvers()
  try {
    const kinds = conflictKinds.filter(({ id }) => stored.kinds.includes(id))
    const report = await check(inputs, solvers, { kinds, importers: importers(streams) })
    const findings = report.status === 'checked' ? report.findings : []
    return new Map(
      findings.flatMap(({ fingerprint, certificate }) =>
        certificate?.is === 'refutation' ? [[fingerprint, certificate.scripts.map(({ text }) => text)] as const] : [],
      ),
    )
  } finally {
    await solvers.close()
  }
}
