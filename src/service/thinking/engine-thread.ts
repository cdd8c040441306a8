/** The thread in which the service asks the engine: one question at a time, with the last assignments kept warm. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { runAssignment } from '../../engine.ts'
import { type AssignInputs } from '../../engine.ts'
import { ask, explainRow, whyNotFor } from '../../engine-explain.ts'
import { readChanges, reassign, warmAssignment, type Reassignment } from '../../engine-warm.ts'
import { differenceOf, type Outcomes } from '../../explain/difference.ts'
import { readWanted } from '../../explain/read-wanted.ts'
import { jobsHere } from '../../jobs/do-job.ts'
import type { JobProgress } from '../../jobs/jobs.ts'
import type { ShardInput } from '../../jobs/shards.ts'
import { textsOf } from '../../jobs/texts.ts'
import { assignmentJson } from '../../report/assignment-json.ts'
import { changeJson, differenceJson } from '../../report/difference-text.ts'
import { explanationJson } from '../../report/explanation-text.ts'
import { whyNotJson } from '../../report/why-not-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { DatabaseWay } from '../../store/database.ts'
import { storeOfThread } from '../../store/store.ts'
import { planned } from './planned.ts'
import { readOutcomes } from './read-outcomes.ts'
import type { Answer, HeldAs, Proposed, Question, StoredLines, Subject } from './questions.ts'
import { storedLines } from './stored-lines.ts'

const port = parentPort!
const solvers = createSolvers()
const store = storeOfThread(workerData as DatabaseWay)
const doJob = jobsHere(store, solvers)
// Who wants a job to end ends this thread.
const never = new AbortController().signal
const progress = (value: JobProgress): void => port.postMessage({ progress: value })
/** By key, the latest last. */
const runs = new Map<string, Reassignment>()
// Each holds its whole fleet.
const MOST_KEPT = 3
const FLEET = 'fleet.ndjson'
const CHANGES = 'changes.ndjson'

type Pulled = Uint8Array | undefined
let pulled: ((chunk: Pulled) => void) | undefined
let stored: Readonly<Record<string, StoredLines>> = {}
const enqueued = new Map<string, () => void>()

type ToThread =
  | { readonly question: Question; readonly stored: Readonly<Record<string, StoredLines>> }
  | { readonly chunk: Pulled }
  | { readonly enqueued: string }

port.on('message', (message: ToThread) => {
  if ('question' in message) {
    stored = message.stored
    answer(message.question).then(
      (value) => port.postMessage({ answer: value }),
      (error: unknown) => {
        const { code, message: text } = error as { readonly code?: string; readonly message?: string }
        port.postMessage({ failed: { code: code ?? 'service/engine', message: text ?? String(error) } })
      },
    )
  } else if ('enqueued' in message) {
    enqueued.get(message.enqueued)?.()
    enqueued.delete(message.enqueued)
  } else {
    const take = pulled
    pulled = undefined
    take?.(message.chunk)
  }
})

const enqueue = (id: string, input: ShardInput): Promise<void> =>
  new Promise((resolve) => {
    enqueued.set(id, resolve)
    port.postMessage({ enqueue: [id, input] })
  })

/** Bytes by name: from the store, or asked of the other side piece by piece. */
async function* pull(name: string): AsyncGenerator<Uint8Array> {
  const own = stored[name]
  if (own !== undefined) {
    yield* storedLines(store, own)
    return
  }
  for (;;) {
    const chunk = await new Promise<Pulled>((resolve) => {
      pulled = resolve
      port.postMessage({ pull: name })
    })
    if (chunk === undefined) return
    yield chunk
  }
}

async function answer(question: Question): Promise<Answer> {
  switch (question.is) {
    case 'explain':
    case 'why-not':
      return explained(question)
    case 'difference':
      return different(question.most)
    case 'propose':
      return proposed(question)
    case 'plan':
      return planned(question, inputsOf(question.subject), pull('assigned'), solvers)
    case 'job':
      return { is: 'answer', value: await doJob(question.job, { signal: never, progress, ...(question.shares && { enqueue }) }) }
  }
}

function inputsOf({ model, sources, fleet }: Subject): AssignInputs {
  const texts = new Map(sources.map(({ name, text }) => [name, text]))
  return {
    model: { name: model.name, text: model.text },
    behaviours: { open: textsOf(model.name, sources).openBehaviour },
    ...(fleet ? { devices: FLEET } : {}),
    open: async function* (name) {
      if (name === FLEET || name === CHANGES) {
        yield* pull(name === FLEET ? 'fleet' : 'changes')
        return
      }
      const text = texts.get(name)
      if (text === undefined) throw Object.assign(new Error(`there is no source ${name}`), { code: 'ENOENT' })
      yield Buffer.from(text)
    },
  }
}

async function runOf(subject: Subject): Promise<Reassignment> {
  const known = runs.get(subject.key)
  if (known !== undefined) return known
  const run = await warmAssignment(inputsOf(subject), solvers)
  keep(subject.key, run)
  return run
}

function keep(key: string, run: Reassignment): void {
  runs.delete(key)
  runs.set(key, run)
  for (const old of runs.keys()) {
    if (runs.size <= MOST_KEPT) break
    runs.delete(old)
  }
}

async function explained(question: Extract<Question, { readonly is: 'explain' | 'why-not' }>): Promise<Answer> {
  const run = await runOf(question.subject)
  const { result } = run
  if (result.status === 'invalid') return { is: 'wrong', diagnostics: result.diagnostics }
  const asked = ask(run)
  if (asked === undefined) return { is: 'none', status: result.status, value: undefined }
  const row = asked.rowOf(question.device)
  if (row === undefined) return { is: 'wrong', diagnostics: [unknownDevice(question.device, asked.context.fleet.ids)] }
  if (question.is === 'explain') return { is: 'answer', value: explanationJson(await explainRow(asked, row, solvers)) }
  const wanted = readWanted(question.wanted, asked.context.model)
  if (!wanted.ok) return { is: 'wrong', diagnostics: wanted.diagnostics }
  const why = await whyNotFor(asked, row, wanted.value, solvers, { confirm: true })
  return { is: 'answer', value: whyNotJson(question.device, wanted.value, why) }
}

function unknownDevice(device: string, ids: readonly string[]): Diagnostic {
  const message = `no device is called \`${device}\``
  return { code: 'explain/unknown-device', severity: 'error', message, ...maybe(device, ids), at: { source: 'device' } }
}

async function different(most: number): Promise<Answer> {
  const before = await readOutcomes(pull('before'))
  const after = await readOutcomes(pull('after'))
  const difference = differenceOf(before, after)
  const changes = difference.changes.slice(0, most)
  return { is: 'answer', value: { ...differenceJson({ ...difference, changes }), listed: changes.length, all: difference.changes.length } }
}

/** Only what the changes touch is solved again where the assignment before is known; nothing is applied. */
async function proposed({ subject, next, removed, whole, keepAs, most }: Extract<Question, { readonly is: 'propose' }>): Promise<Answer> {
  const before = runs.get(subject.key)
  if (whole) {
    const run = await warmAssignment(inputsOf(subject), solvers)
    if (run.result.status === 'invalid') return { is: 'wrong', diagnostics: run.result.diagnostics }
    keep(next, run)
    const from = before?.fleet === undefined ? await storedBase() : outcomesOf(before.fleet.ids, before.result)
    if (from === undefined && keepAs !== undefined) await holdTo(keepAs, run)
    return { is: 'answer', value: difference(from, run, most) }
  }
  const warm = before?.warm
  if (warm === undefined) return { is: 'unknown' }
  const changes = await readChanges(warm, CHANGES, inputsOf(subject).open)
  if (!changes.ok) return { is: 'wrong', diagnostics: changes.diagnostics }
  const again = await reassign(warm, { devices: changes.value, removed }, solvers)
  if (again.result.status === 'invalid') return { is: 'wrong', diagnostics: again.result.diagnostics }
  if (again.warm !== undefined) keep(next, again)
  const from = before?.fleet === undefined ? undefined : outcomesOf(before.fleet.ids, before.result)
  return { is: 'answer', value: difference(from, again, most) }
}

const storedBase = async (): Promise<Outcomes | undefined> => (stored['base'] === undefined ? undefined : readOutcomes(pull('base')))

/** Kept as any assignment is: after the next start it is what changes are compared with. */
async function holdTo({ tenant, now, ...about }: HeldAs, { result, fleet }: Reassignment): Promise<void> {
  if (result.status !== 'assigned' || fleet === undefined) return
  const { assignment, current } = result
  const summary = assignmentJson(result, [], { withDevices: false })
  const devices = { ids: fleet.ids, chosen: assignment.chosen, current }
  const { status } = result
  await store.assignments.add(
    tenant,
    { ...about, status, summary, choices: assignment.choices, manifest: null, devices, actor: 'ingest' },
    now,
  )
}

function difference(from: Outcomes | undefined, { result, fleet, verdict, again }: Reassignment, most: number): Proposed {
  const components = again?.components ?? verdict?.components.length ?? 0
  const counted = { status: result.status, components, solved: again?.solved ?? components }
  const to = fleet === undefined ? undefined : outcomesOf(fleet.ids, result)
  if (from === undefined || to === undefined) return { ...counted, moved: 0, changes: [] }
  const told = differenceOf(from, to).changes.filter(({ sort }) => sort !== 'gone')
  return { ...counted, moved: told.length, changes: told.slice(0, most).map(changeJson) }
}

function outcomesOf(ids: readonly string[], result: Awaited<ReturnType<typeof runAssignment>>['result']): Outcomes | undefined {
  return result.status === 'assigned' ? { ids, ...result.assignment } : undefined
}
