// A release from the result of `assign` to a verifier that trusts one root: made, signed, accepted, and refused when anything about it is not as signed.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, folderWith, type Called } from '../fixtures/command-line.ts'

const examples = fileURLToPath(new URL('../../examples/rollout', import.meta.url))
const { folder, remove } = folderWith({})
const run = (text: string): Promise<Called> => call(text.split(' '), { workingDirectory: folder })
const good = async (text: string): Promise<Called> => {
  const called = await run(text)
  expect(called, text).toMatchObject({ code: 0 })
  return called
}
const verify = 'release verify first --trust trust.json --fleet homes --roots roots --json'

beforeAll(async () => {
  cpSync(examples, folder, { recursive: true })
  await good('assign rooms.yaml --out result')
  await good('plan result --waves waves.yaml --release first')
  for (const name of ['ann', 'bob', 'eve']) await good(`release key ${name}`)
  await good('release rotate roots --root-key ann.pub.json --release-key bob.pub.json --expires 2999-01-01T00:00:00Z --sign ann.pem')
  await good('release sign first --key bob.pem --fleet homes --number 7 --expires 2998-01-01T00:00:00Z')
}, 120_000)
afterAll(remove)

describe('release', () => {
  it('is accepted as it was signed, and named by its content', async () => {
    const { out } = await good(`${verify} --root roots/1.root.json`)
    const { release, version } = JSON.parse(out) as { readonly release: string; readonly version: number }
    expect(version).toBe(7)
    expect((await good('release show first')).out).toContain(`release ${release}`)
    expect((JSON.parse(readFileSync(join(folder, 'first/plan.json'), 'utf8')) as { readonly release: string }).release).toBe(release)
    const again = await good('release create result --out again --waves waves.yaml --json')
    expect((JSON.parse(again.out) as { readonly hash: string }).hash).toBe(release)
  })

  it('is refused when a file of it was changed, when it is older, or signed by somebody else', async () => {
    const changes = join(folder, 'first/changes.ndjson')
    const before = readFileSync(changes, 'utf8')
    writeFileSync(changes, before.replace('heat-2', 'heat-9'))
    const tampered = await run(verify)
    expect(tampered.code).toBe(1)
    expect(tampered.out).toContain('release/tampered')
    writeFileSync(changes, before)
    await good(verify)
    await good('release sign first --key bob.pem --fleet homes --number 6 --expires 2998-01-01T00:00:00Z')
    expect((await run(verify)).out).toContain('release/rolled-back')
    await good('release sign first --key eve.pem --fleet homes --number 8 --expires 2998-01-01T00:00:00Z')
    expect((await run(verify)).out).toContain('release/unknown-key')
    await good('release sign first --key bob.pem --fleet homes --number 8 --expires 2001-01-01T00:00:00Z')
    expect((await run(verify)).out).toContain('release/expired')
  })

  it('follows keys that are changed', async () => {
    const half = await run('release rotate roots --release-key eve.pub.json --root-key bob.pub.json --sign ann.pem')
    expect(half).toMatchObject({ code: 2 })
    expect(half.out).toContain('0 of 1 signatures')
    await good('release rotate roots --sign bob.pem')
    await good('release sign first --key bob.pem --number 9 --expires 2998-01-01T00:00:00Z')
    expect((await run(verify)).out).toContain('release/too-few-signatures')
    await good('release sign first --key eve.pem --number 10')
    await good(verify)
  })

  it('is not made of a model without a result, nor of inputs that changed since', async () => {
    const model = await run('plan rooms.yaml --release other --json')
    expect(model.code).toBe(3)
    expect(model.out).toContain('release/no-result')
    writeFileSync(join(folder, 'rooms.yaml'), readFileSync(join(folder, 'rooms.yaml'), 'utf8').replace('# Four', '# 4'))
    const changed = await run('release create result --out other --json')
    expect(changed.out).toContain('release/other-inputs')
  })
})
