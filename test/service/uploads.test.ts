// What strangers may send: archives and forms that attack, texts that explode, headers and names that inject.
import { deflateRawSync, gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uploadLimits } from '../../src/service/uploads/limits.ts'
import { safePath } from '../../src/service/uploads/safe-path.ts'
import { unpack } from '../../src/service/uploads/unpack.ts'
import { runService, startTime, type Caller, type TestService } from './running.ts'

const all = (): boolean => true
const codeOf = async (bytes: Buffer): Promise<string | undefined> => (await unpack('a', bytes, uploadLimits, all)).diagnostics[0]?.code

interface ZipEntry {
  readonly name: string
  readonly content: Buffer
  /** What the archive says of the size. */
  readonly claims?: number
  readonly attributes?: number
}

/** What both headers of an entry say, the one in the directory behind its own version. */
function header(length: number, signature: number, from: number, [packed, claims, name]: readonly [number, number, number]): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUInt32LE(signature, 0)
  bytes.writeUInt16LE(20, from)
  bytes.writeUInt16LE(8, from + 4)
  bytes.writeUInt32LE(packed, from + 14)
  bytes.writeUInt32LE(claims, from + 18)
  bytes.writeUInt16LE(name, from + 22)
  return bytes
}

/** A zip archive byte by byte, so that it can lie. */
function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, claims = content.length, attributes = 0 } of entries) {
    const packed = deflateRawSync(content)
    const bytes = Buffer.from(name)
    const sizes = [packed.length, claims, bytes.length] as const
    const local = header(30, 0x04034b50, 4, sizes)
    const central = header(46, 0x02014b50, 6, sizes)
    central.writeUInt32LE(attributes, 38)
    central.writeUInt32LE(at, 42)
    parts.push(local, bytes, packed)
    directory.push(central, bytes)
    at += local.length + bytes.length + packed.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listed, end])
}

async function tar(
  entries: readonly {
    readonly name: string
    readonly content?: string
    readonly type?: 'symlink' | 'link' | 'fifo'
    readonly linkname?: string
  }[],
): Promise<Buffer> {
  const packer = pack()
  for (const { content = '', ...header } of entries) packer.entry(header, content)
  packer.finalize()
  const parts: Buffer[] = []
  for await (const part of packer as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

describe('archives', () => {
  it('unpack to the same files, as zip, tar and tar.gz', async () => {
    const archives = [zip([{ name: 'a/b.yaml', content: Buffer.from('x: 1') }]), await tar([{ name: './a/b.yaml', content: 'x: 1' }])]
    for (const archive of [...archives, gzipSync(archives[1]!)]) {
      const read = await unpack('a', archive, uploadLimits, all)
      expect(read.ok && [...read.value].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual([['a/b.yaml', 'x: 1']])
    }
  })

  it('refuse paths that lead out', async () => {
    for (const name of ['../x', 'a/../../x', '/etc/passwd', 'C:/x', 'a\\..\\..\\x', 'a/\u0000/x', `${'d/'.repeat(40)}x`]) {
      expect('wrong' in safePath(name)).toBe(true)
      if (!name.includes('\u0000'))
        expect(await codeOf(await tar([{ name, content: 'x' }]))).toMatch(/^upload\/(unsafe-path|broken-archive)$/)
      expect(await codeOf(zip([{ name, content: Buffer.from('x') }]))).toMatch(/^upload\/(unsafe-path|broken-archive)$/)
    }
  })

  it('follow no links and make no devices', async () => {
    const read = await unpack(
      'a',
      await tar([
        { name: 'l', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'h', type: 'link', linkname: '/etc/passwd' },
        { name: 'f', type: 'fifo' },
        { name: 'x', content: 'x' },
      ]),
      uploadLimits,
      all,
    )
    expect(read.ok && [...read.value.keys()]).toEqual(['x'])
    const linked = zip([{ name: 'l', content: Buffer.from('/etc/passwd'), attributes: (0o120777 << 16) >>> 0 }])
    const zipped = await unpack('a', linked, uploadLimits, all)
    expect(zipped.ok && zipped.value.size).toBe(0)
  })

  it('refuse bombs: what packs too well, too many files, too large ones, and lies about sizes', async () => {
    const zeros = Buffer.alloc(12 * 2 ** 20)
    expect(await codeOf(zip([{ name: 'x', content: zeros }]))).toBe('upload/bomb')
    expect(await codeOf(gzipSync(await tar([{ name: 'x', content: zeros.toString('latin1') }])))).toBe('upload/bomb')
    expect(await codeOf(zip([{ name: 'x', content: zeros, claims: 10 }]))).toMatch(/^upload\/(bomb|broken-archive)$/)
    const many = await tar(Array.from({ length: 30 }, (_, i) => ({ name: `f${i}`, content: 'x' })))
    expect((await unpack('a', many, { ...uploadLimits, mostFiles: 20 }, all)).diagnostics[0]?.code).toBe('upload/too-many')
    expect((await unpack('a', many, { ...uploadLimits, largestTotal: 10 }, all)).diagnostics[0]?.code).toBe('upload/too-large')
    expect((await unpack('a', many, { ...uploadLimits, mostEntries: 5 }, () => false)).diagnostics[0]?.code).toBe('upload/too-many')
  })

  it('refuse what is no archive, or half of one', async () => {
    expect(await codeOf(Buffer.from('hello'))).toBe('upload/no-archive')
    expect(await codeOf(zip([{ name: 'x', content: Buffer.from('x') }]).subarray(0, 40))).toBe('upload/broken-archive')
    expect(await codeOf(gzipSync(await tar([{ name: 'x', content: 'x'.repeat(10_000) }])).subarray(0, 60))).toBe('upload/broken-archive')
  })
})

describe('requests', () => {
  let service: TestService
  let admin: Caller
  beforeAll(async () => {
    service = await runService()
    admin = service.admin['default']!
  }, startTime)
  afterAll(() => service.remove(), startTime)

  const form = (parts: readonly (readonly [string, string | Uint8Array, string?])[]): FormData => {
    const data = new FormData()
    for (const [name, content, file] of parts)
      if (file === undefined) data.append(name, String(content))
      else data.append(name, new Blob([content]), file)
    return data
  }

  it('with unknown fields, wrong types and missing parts are told what is wrong', async () => {
    const cases: readonly (readonly [FormData, string])[] = [
      [form([['nonsense', 'x: 1', 'a.yaml']]), 'upload/unknown-field'],
      [form([['native', Buffer.from([0xff, 0xfe, 0x00]), 'a.yaml']]), 'input/not-utf-8'],
      [form([['home-assistant', 'hello', 'home.zip']]), 'upload/no-archive'],
      [form([['source', 'native:gone.yaml']]), 'upload/no-source'],
      [form([['kind', 'K1']]), 'service/wrong-shape'],
      [
        form([
          ['native', 'x: 1', 'a.yaml'],
          ['kind', 'K999'],
        ]),
        'service/wrong-shape',
      ],
    ]
    for (const [body, code] of cases) {
      const answer = await admin.ask('POST', '/v1/checks', body)
      expect([answer.status, answer.at('diagnostics.0.code')]).toEqual([422, code])
    }
  })

  it('cannot poison prototypes', async () => {
    for (const body of ['{"__proto__":{"admin":true},"fleet":"a"}', '{"fleet":"a","constructor":{"prototype":{"admin":true}}}'])
      expect((await admin.ask('POST', '/v1/fleets', body, { 'content-type': 'application/json' })).status).toBe(400)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('with models that explode are refused with a place, at once', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n')
    const texts = {
      alias: `fleetproof: 1\na0: &a0 [x,x,x,x,x,x,x,x,x]\n${levels}\n`,
      nesting: `fleetproof: 1\nvariants: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
      nestedJson: `{"fleetproof":1,"variants":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    }
    for (const [name, text] of Object.entries(texts)) {
      const answer = await admin.ask('PUT', `/v1/models/${name}`, { text })
      expect([name, answer.status, typeof answer.at('diagnostics.0.at.source')]).toEqual([name, 422, 'string'])
    }
    const deep = await admin.ask('PUT', '/v1/models/deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {
      'content-type': 'application/json',
    })
    expect(deep.status).toBeLessThan(500)
    expect((await admin.ask('GET', '/health')).status).toBe(200)
  })

  it('with bodies that are too large, of another type or broken are refused', async () => {
    expect(
      (await admin.ask('POST', '/v1/fleets', JSON.stringify({ fleet: 'x'.repeat(5 * 2 ** 20) }), { 'content-type': 'application/json' }))
        .status,
    ).toBe(413)
    expect((await admin.ask('POST', '/v1/fleets', 'fleet=a', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await admin.ask('POST', '/v1/fleets', '{"fleet":', { 'content-type': 'application/json' })).status).toBe(400)
    for (const body of [{}, { fleet: 1 }, { fleet: ['a'] }, { fleet: null }, [], 'text'])
      expect((await admin.ask('POST', '/v1/fleets', JSON.stringify(body), { 'content-type': 'application/json' })).status).toBe(400)
    const packed = await admin.ask('PUT', '/v1/fleets/a/devices', Buffer.from('no gzip'), {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    })
    expect(packed.status).toBeGreaterThanOrEqual(400)
    expect(packed.status).toBeLessThan(500)
  })

  it('take names as names: nothing of SQL happens', async () => {
    const nasty = ["'; drop table fleets; --", '" or 1=1 --', 'a%', '_', '\\', 'ä', '../x', '%00']
    await admin.ask('POST', '/v1/fleets', { fleet: 'kept' })
    for (const name of nasty) {
      const path = encodeURIComponent(name)
      for (const [method, to, body] of [
        ['GET', `/v1/fleets/${path}`],
        ['GET', `/v1/fleets/kept/devices/${path}`],
        ['GET', `/v1/models/${path}`],
        ['GET', `/v1/jobs/${path}`],
        ['GET', `/v1/audit?object=${path}`],
        ['POST', '/v1/fleets', { fleet: name }],
        ['PUT', `/api/template/${path}`, { content: name }],
      ] as const) {
        const answer = await admin.ask(method, to, body)
        expect([answer.status < 500 ? '' : answer.text, method, to]).toEqual(['', method, to])
      }
    }
    const device = "o'brien; drop table fleets"
    expect(
      (await admin.ask('PUT', `/v1/fleets/kept/devices/${encodeURIComponent(device)}`, { note: "'); delete from fleets; --" })).status,
    ).toBe(200)
    const found = await admin.ask('GET', `/v1/fleets/kept/devices/${encodeURIComponent(device)}`)
    expect(found.json).toMatchObject({ device, context: { note: "'); delete from fleets; --" } })
    expect((await admin.ask('GET', '/v1/fleets')).text).toContain('"kept"')
  })

  it('put nothing into headers of answers or lines of logs', async () => {
    const injected = 'a%0d%0aset-cookie:%20x=y'
    for (const path of [`/v1/fleets/${injected}`, `/login?to=/${injected}`, `/v1/jobs/${injected}`]) {
      const answer = await admin.ask('GET', path)
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
    await admin.ask('GET', '/v1/me', undefined, { 'user-agent': 'x"}\\n{"level":60', traceparent: '00-injected' })
    for (const line of service.log().trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
  })
})
