/** A thread that carries bytes between the store and requests, and writes long texts: as many calls at once as come, each by a port of its own. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { readYaml } from '../../diagnostics/yaml.ts'
import { looksLikeDivenact } from '../../formats/divenact/read-divenact.ts'
import { writeDivenactAnswer } from '../../formats/divenact/write-answer.ts'
import type { NamedText } from '../../jobs/job-inputs.ts'
import { formatReport } from '../../report/report-formats.ts'
import type { DatabaseWay } from '../../store/database.ts'
import { storeOfThread } from '../../store/store.ts'
import { checkJob } from '../check-request.ts'
import { checkedReport, sourcesOf } from '../checked-report.ts'
import { assignedDevices, keepLast } from '../divenact/keep-last.ts'
import { readModel, variantsOf } from '../models.ts'
import { storedLines } from '../thinking/stored-lines.ts'
import { readCheckForm, type GivenPart } from '../uploads/check-form.ts'
import type { AnswerCall, Call, DocumentRead, FormRead, FromCall, ModelRead, ReportCall, ToCall } from './calls.ts'

const store = storeOfThread(workerData as DatabaseWay)
// Pieces that were sent and not asked for yet.
const AHEAD = 4

parentPort!.on('message', ({ call, port }: { readonly call: Call; readonly port: MessagePort }) => {
  const say = (message: FromCall, moved: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...moved])
  answer(call, port, say).then(
    (value) => {
      say({ answer: value })
      port.close()
    },
    (error: unknown) => {
      const { code, message } = error as { readonly code?: string; readonly message?: string }
      say({ failed: { code: code ?? 'service/carrier', message: message ?? String(error) } })
      port.close()
    },
  )
})

async function answer(call: Call, port: MessagePort, say: (message: FromCall, moved?: readonly ArrayBuffer[]) => void): Promise<unknown> {
  switch (call.is) {
    case 'lines': {
      const pace = paceOf(port)
      for await (const piece of storedLines(store, call.what)) {
        if (!(await pace.mayGo())) break
        const own = Uint8Array.from(piece)
        say({ piece: own }, [own.buffer])
      }
      return undefined
    }
    case 'replace': {
      const { tenant, fleet, ...options } = call.asked
      return store.fleets.replace(tenant, fleet, pulled(port, say), options)
    }
    case 'report':
      return reportOf(call.asked)
    case 'model':
      return modelRead(call.name, call.text)
    case 'form':
      return formRead(call.parts)
    case 'document':
      return documentRead(call.source)
    case 'answer':
      return answerOf(call.asked)
  }
}

/** False once nobody reads any more. */
function paceOf(port: MessagePort): { readonly mayGo: () => Promise<boolean> } {
  let ahead = 0
  let gone = false
  let resume: (() => void) | undefined
  const wake = (): void => {
    resume?.()
    resume = undefined
  }
  port.on('message', () => {
    ahead -= 1
    wake()
  })
  port.on('close', () => {
    gone = true
    wake()
  })
  return {
    mayGo: async () => {
      while (ahead >= AHEAD && !gone) await new Promise<void>((resolve) => (resume = resolve))
      ahead += 1
      return !gone
    },
  }
}

async function* pulled(port: MessagePort, say: (message: FromCall) => void): AsyncGenerator<Uint8Array> {
  let take: ((message: ToCall) => void) | undefined
  port.on('message', (message: ToCall) => take?.(message))
  port.on('close', () => take?.({ broken: true }))
  for (;;) {
    const next = await new Promise<ToCall>((resolve) => {
      take = resolve
      say({ pull: true })
    })
    if (!('piece' in next)) throw new Error('the stream broke off')
    if (next.piece === undefined) return
    yield next.piece
  }
}

async function reportOf({ tenant, check, format, all, relations }: ReportCall): Promise<string> {
  const report = checkedReport((await store.reports.get(tenant, check))?.content)
  const job = format === 'html' || format === 'text' ? await store.jobTable.work(check) : undefined
  const sources = job?.tenant === tenant ? sourcesOf(job.input) : []
  return formatReport(report, format, { all, relations, colour: false, sources, references: sources.map(({ name }) => name) })
}

async function formRead(parts: readonly GivenPart[]): Promise<FormRead> {
  const read = await readCheckForm(parts)
  if (!read.ok) return read
  const input = checkJob(read.value)
  if (!input.ok) return input
  const sources = read.value.sources.map(({ format, name }) => `${format}:${name}`)
  return { ok: true, value: { inputText: JSON.stringify(input.value), sources }, diagnostics: [] }
}

function documentRead(source: NamedText): DocumentRead {
  if (!looksLikeDivenact(source)) return { is: 'no document', diagnostics: [] }
  const { model, diagnostics } = readModel(source)
  return { is: model === undefined ? 'wrong' : 'document', diagnostics }
}

async function answerOf({ tenant, actor, now, assignment, source }: AnswerCall): Promise<string> {
  const devices = await assignedDevices(store, tenant, assignment)
  const plans = Object.fromEntries(devices.flatMap(({ device, variant }) => (variant === null ? [] : [[device, variant]])))
  await keepLast(store, { tenant, actor, now, job: assignment, devices: plans })
  const document = readYaml(source)
  return JSON.stringify(writeDivenactAnswer(document.ok ? document.value.value : {}, devices))
}

function modelRead(name: string, text: string): ModelRead {
  const { model, diagnostics } = readModel({ name, text })
  return { diagnostics, ...(model && { model: { variants: variantsOf(model), constraints: model.constraints.length } }) }
}
