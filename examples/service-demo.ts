// The tour of `npm run demo:service [-- --database URL]` (or FLEETPROOF_DATABASE=URL): the service starts, an example fleet and two applications go in over HTTP, an assignment and a verdict come out.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startService } from '../src/service/start.ts'

const { values } = parseArgs({ options: { database: { type: 'string' } } })
const database = values.database ?? process.env['FLEETPROOF_DATABASE']
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const folder = mkdtempSync(join(tmpdir(), 'fleetproof-demo-'))
// A tenant of its own, so that the tour may be taken again on the same database.
const tenant = `demo-${Date.now()}`
let wrong = 0
try {
  const service = await startService({
    folder: join(folder, 'data'),
    host: '127.0.0.1',
    port: 0,
    tenants: [tenant],
    logLevel: 'error',
    log: { write: (line) => process.stderr.write(line) },
    ...(database === undefined ? {} : { database }),
  })
  const token = service.firstTokens[0]!.token
  const ask = async (method: string, path: string, body?: string | FormData | Uint8Array, type?: string): Promise<unknown> => {
    const answer = await fetch(`${service.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${text}`)
    return /[/+]json/.test(answer.headers.get('content-type') ?? '') ? (JSON.parse(text) as unknown) : text
  }
  const finished = async (job: unknown): Promise<string> => {
    const { id } = job as { readonly id: string }
    for (;;) {
      const { status, failure } = (await ask('GET', `/v1/jobs/${id}?wait=60`)) as { readonly status: string; readonly failure?: unknown }
      if (status === 'succeeded') return id
      if (status !== 'queued' && status !== 'running') throw new Error(`the job ${status}: ${JSON.stringify(failure)}`)
    }
  }
  try {
    say(`# The service runs on ${database === undefined ? 'the embedded store' : 'a PostgreSQL server'}.`)
    say(`address        ${service.address}`)
    say(`login page     ${service.address}/login`)
    say(`API page       ${service.address}/v1/docs`)
    say(`OpenAPI        ${service.address}/v1/openapi.json`)
    say('\n# 300 gateways go in as lines, the model beside them; the job gives every gateway its best variant.')
    await ask('PUT', '/v1/fleets/building/devices', readFileSync(here('building-devices.ndjson')), 'application/x-ndjson')
    await ask('PUT', '/v1/models/building', readFileSync(here('building.yaml'), 'utf8'), 'application/yaml')
    const assignment = await finished(await ask('POST', '/v1/assignments', JSON.stringify({ model: 'building', fleet: 'building' }), 'application/json'))
    const { status, summary } = (await ask('GET', `/v1/assignments/${assignment}`)) as {
      readonly status: string
      readonly summary: { readonly optimal: boolean; readonly counts: Readonly<Record<string, number>> }
    }
    say(`assignment     ${service.address}/v1/assignments/${assignment}`)
    say(`               ${status}${summary.optimal ? ', proved optimal' : ''} · ${Object.entries(summary.counts).map(([name, count]) => `${name} ${count}`).join(' · ')}`)
    const { changes } = (await ask('GET', `/v1/assignments/${assignment}/difference?from=today`)) as { readonly changes: readonly unknown[] }
    say(`               ${changes.length} gateways would change`)
    if (status !== 'assigned' || !summary.optimal) wrong++

    say('\n# Two applications, each right alone: together they fight over a window.')
    const form = new FormData()
    for (const name of ['comfort.yaml', 'energy.yaml']) form.append('native', new Blob([readFileSync(here(name))]), name)
    const check = await finished(await ask('POST', '/v1/checks', form))
    const { verdict, text } = (await ask('POST', `/v1/checks/${check}/gate`, '{}', 'application/json')) as { readonly verdict: string; readonly text: string }
    say(`check          ${service.address}/v1/checks/${check}/report?format=html`)
    say(text.trimEnd().split('\n').map((line) => `               ${line}`).join('\n'))
    if (verdict !== 'conflict') wrong++
  } finally {
    await service.stop()
  }
  say('\nstopped; nothing is left behind')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = wrong === 0 ? 0 : 1
