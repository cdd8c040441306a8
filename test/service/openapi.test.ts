// The OpenAPI document: valid, complete, enough to make a client from, and its examples do what they say.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { validate } from '@readme/openapi-parser'
import createClient from 'openapi-fetch'
import openapiTypescript, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runService, startTime, type Caller, type TestService } from './running.ts'

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

let service: TestService
let admin: Caller
let document: Document

beforeAll(async () => {
  service = await runService()
  admin = service.admin['default']!
  document = (await admin.ask('GET', '/v1/openapi.json')).json as Document
}, startTime)

afterAll(() => service.remove(), startTime)

const operations = (): readonly (Operation & { readonly name: string })[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, name: `${method.toUpperCase()} ${path}` })),
  )

describe('the document', () => {
  it('is valid OpenAPI 3.1, and names every operation, every answer and how refusals look', async () => {
    expect(document.openapi).toBe('3.1.0')
    const read = await validate(structuredClone(document) as never)
    expect(read.valid ? [] : read.errors).toEqual([])
    const names = operations().map(({ operationId }) => operationId)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, summary, responses } of operations()) {
      expect([name, typeof summary]).toEqual([name, 'string'])
      expect([name, Object.keys(responses).includes('default')]).toEqual([name, true])
      for (const { description } of Object.values(responses)) expect([name, description === 'Default Response']).toEqual([name, false])
    }
  })

  it('gives types that a client compiles with', async () => {
    const types = astToString(await openapiTypescript(JSON.stringify(document)))
    const folder = 'test/service/generated'
    mkdirSync(folder, { recursive: true })
    try {
      writeFileSync(`${folder}/types.ts`, types)
      writeFileSync(
        `${folder}/client.ts`,
        `import createClient from 'openapi-fetch'
import type { paths } from './types.ts'
const client = createClient<paths>({ baseUrl: 'http://127.0.0.1' })
const made = await client.POST('/v1/fleets', { body: { fleet: 'a' } })
const devices: number | undefined = made.data?.devices
const title: string | undefined = made.error?.title
const job = await client.GET('/v1/jobs/{job}', { params: { path: { job: 'a' } } })
const status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | undefined = job.data?.status
// @ts-expect-error a fleet has a name
await client.POST('/v1/fleets', { body: { name: 'a' } })
// @ts-expect-error there is no such route
await client.GET('/v1/nothing')
export { devices, status, title }
`,
      )
      const program = ts.createProgram([`${folder}/client.ts`], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        allowImportingTsExtensions: true,
        lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      })
      const wrong = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
      expect(wrong).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('serves a client a round trip', async () => {
    interface Paths {
      readonly '/v1/fleets': { readonly post: Post<{ readonly fleet: string }, { readonly fleet: string; readonly devices: number }> }
    }
    const client = createClient<Paths>({ baseUrl: service.url, headers: { authorization: `Bearer ${admin.token}` } })
    const made = await client.POST('/v1/fleets', { body: { fleet: 'round-trip' } })
    expect(made.data).toMatchObject({ fleet: 'round-trip', devices: 0 })
    const again = await client.POST('/v1/fleets', { body: { fleet: 'round-trip' } })
    expect(again.error).toMatchObject({ status: 409 })
  })
})

interface Post<B, A> {
  readonly requestBody: { readonly content: { readonly 'application/json': B } }
  readonly responses: {
    readonly 201: { readonly content: { readonly 'application/json': A } }
    readonly default: { readonly content: { readonly 'application/problem+json': { readonly status: number } } }
  }
}

describe('the examples of the page', () => {
  it('do what they say, in their order, as a shell runs them', async () => {
    const run = promisify(execFile)
    cpSync('examples', join(service.folder, 'examples'), { recursive: true })
    const known: Record<string, string> = { URL: service.url, TOKEN: admin.token, JOB: '', ASSIGNMENT: '', CHECK: '' }
    const examples = operations().flatMap(({ name, description = '' }) =>
      [...description.matchAll(/```sh\n([\s\S]*?)\n```/g)].map(([, command]) => ({ name, command: command! })),
    )
    expect(examples.length).toBeGreaterThan(35)
    for (const { name, command } of examples) {
      const asked = command.replaceAll(/\bcurl\b/g, "curl -sS --max-time 60 -o answer -w '%{http_code}'")
      const { stdout } = await run('/bin/bash', ['-c', `${asked} && echo && cat answer`], {
        cwd: service.folder,
        env: { ...process.env, ...known },
        maxBuffer: 2 ** 26,
      })
      const status = Number(stdout.slice(0, 3))
      const body = stdout.slice(4)
      expect([name, status, status < 400 ? '' : body]).toEqual([name, status, ''])
      expect([name, status >= 200 && status < 400]).toEqual([name, true])
      if (status !== 202) continue
      const { id, kind } = JSON.parse(body) as { readonly id: string; readonly kind: string }
      const job = await admin.ask('GET', `/v1/jobs/${id}?wait=60`)
      expect([name, job.at('status')]).toEqual([name, 'succeeded'])
      known['JOB'] = id
      known[kind === 'assign' ? 'ASSIGNMENT' : 'CHECK'] = id
    }
  }, 300_000)
})
