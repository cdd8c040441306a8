// Releases: the same content has the same bytes and name, and whatever is changed, too old, mixed or held back is refused.
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canonicalHash, canonicalJson } from '../../src/plan/canonical-json.ts'
import { componentOrder, componentProblems } from '../../src/plan/release/components.ts'
import { documentFor, releaseOf, replayDifferences } from '../../src/plan/release/content.ts'
import { judgeGate, judgeStages, type Evidence } from '../../src/plan/release/gates.ts'
import { keyId, newKeyPair, readSigningKey, type SigningKey } from '../../src/plan/release/keys.ts'
import { nextRoot, rootFor, selfSigned, withSignature } from '../../src/plan/release/root.ts'
import { readCanonical } from '../../src/plan/release/signed-text.ts'
import { latestRoot, verifyRelease, type ReceivedRelease } from '../../src/plan/release/verify-release.ts'
import {
  releaseContent,
  signedRelease,
  signedRoot,
  type Release,
  type ReleaseDocument,
  type RootDocument,
  type Signed,
  type TrustState,
} from '../../src/model/release.ts'
import type { Gate, Stage } from '../../src/model/wave.ts'
import type { Manifest } from '../../src/verify/bundle.ts'

const seed = 7
const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const now = Date.parse('2027-01-01T00:00:00Z')
const later = '2027-06-01T00:00:00Z'

function signingKey(): SigningKey {
  const read = readSigningKey({ name: 'key', text: newKeyPair().privatePem })
  if (!read.ok) throw new Error('a new key is readable')
  return read.value
}
const [r1, r2, r3, s1, s2] = [signingKey(), signingKey(), signingKey(), signingKey(), signingKey()] as const

function root(
  version: number,
  keys: readonly SigningKey[],
  releaseKeys: readonly SigningKey[],
  signers: readonly SigningKey[],
  threshold = 1,
): Signed<RootDocument> {
  const made = rootFor(
    {
      version,
      expires: later,
      root: { keys: keys.map((key) => key.public), threshold },
      release: { keys: releaseKeys.map((key) => key.public), threshold: releaseKeys.length },
    },
    'root',
  )
  if (!made.ok) throw new Error(made.diagnostics[0]!.message)
  return signers.reduce<Signed<RootDocument>>((signed, key) => withSignature(signed, key), { signed: made.value, signatures: [] })
}

const devices = '{"device":"d1","outcome":"variant","variant":"a","settings":{}}\n'
const manifest: Manifest = {
  formatVersion: 1,
  schemaVersion: 1,
  model: 'model.yaml',
  replaced: {},
  inputs: { model: sha('model') },
  devices: { name: 'devices.ndjson', sha256: sha(devices), count: 1 },
  solvers: { fleetproof: '0.1.0' },
  seed: 0,
  levels: [{ name: 'assigned', sense: 'maximise', value: 1, bound: 1, gap: 0, checkedBy: 'arithmetic' }],
  counts: { a: 1 },
  certificates: [],
}
const variants = [{ id: 'a', uses: {}, settings: [], rules: [], version: '1.0.0', artefact: 'genesis:a.json', at: { source: 'm' } }]
const release = releaseOf({
  manifest,
  model: { variants, constraints: [] },
  inputs: manifest.inputs,
  artefacts: { 'genesis:a.json': { sha256: sha('a'), bytes: 1 } },
})

const files = { 'devices.ndjson': { sha256: sha(devices), bytes: devices.length } }
function signed(
  version: number,
  of: Release = release,
  expires = later,
  signers: readonly SigningKey[] = [s1, s2],
  fleet = 'homes',
): Signed<ReleaseDocument> {
  const document = documentFor(of, { fleet, version, expires, files })
  return signers.reduce<Signed<ReleaseDocument>>((done, key) => withSignature(done, key), { signed: document, signatures: [] })
}

const trusted = root(1, [r1, r2], [s1, s2], [r1])
const trust: TrustState = { root: { signed: trusted.signed, signatures: [...trusted.signatures] }, newest: {} }
const received = (document = signed(3)): ReceivedRelease => ({ roots: [], release: document, content: release.content, files })
const options = { fleet: 'homes', now, source: 'release' }
const codes = (read: { readonly diagnostics: readonly { readonly code: string }[] }): readonly string[] => [
  ...new Set(read.diagnostics.map(({ code }) => code)),
]

describe('canonical JSON', () => {
  it('prints what RFC 8785 gives as its example', () => {
    const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`
    expect(canonicalJson(JSON.parse(text))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts keys by UTF-16 units, as the example of the RFC', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual([
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  it('is one text for one value, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(reversed(value))).toBe(text)
      }),
      { seed, numRuns: 300 },
    )
  })

  it('refuses what has no text', () => {
    for (const value of [NaN, Infinity, undefined, 1n, '\ud800', { a: undefined }, [() => 1]])
      expect(() => canonicalJson(value)).toThrow('canonical JSON')
  })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  )
}

describe('a release', () => {
  it('has the same bytes and name whenever it is made, and another when anything in it is', () => {
    const again = releaseOf({
      artefacts: { 'genesis:a.json': { bytes: 1, sha256: sha('a') } },
      inputs: manifest.inputs,
      model: { constraints: [], variants },
      manifest: { ...manifest },
    })
    expect(canonicalJson(again.content)).toBe(canonicalJson(release.content))
    expect(again.hash).toBe(release.hash)
    const other = releaseOf({
      manifest: { ...manifest, seed: 1 },
      model: { variants, constraints: [] },
      inputs: manifest.inputs,
      artefacts: {},
    })
    expect(other.hash).not.toBe(release.hash)
    expect(replayDifferences(release.content, other.content)).toEqual(['artefacts.genesis:a.json', 'seed'])
    expect(replayDifferences(release.content, again.content)).toEqual([])
  })

  it('is accepted when it is whole, and remembered', () => {
    const read = verifyRelease(trust, received(), options)
    expect(read.diagnostics).toEqual([])
    expect(read.ok && read.value.hash).toBe(release.hash)
    expect(read.ok && read.value.trust.newest).toEqual({ homes: { version: 3, sha256: release.hash } })
  })

  it('is refused when expired, rolled back, mixed, frozen, for another fleet, or signed by too few', () => {
    const seen = (version: number, sha256 = release.hash): TrustState => ({ ...trust, newest: { homes: { version, sha256 } } })
    expect(codes(verifyRelease(trust, received(signed(3, release, '2026-12-31T23:59:59Z')), options))).toEqual(['release/expired'])
    expect(codes(verifyRelease(seen(3), received(signed(3, release, '2026-12-31T23:59:59Z')), options))).toEqual(['release/frozen'])
    expect(codes(verifyRelease(seen(4), received(), options))).toEqual(['release/rolled-back'])
    expect(codes(verifyRelease(seen(3, sha('other')), received(), options))).toEqual(['release/mixed'])
    expect(codes(verifyRelease(trust, received(), { ...options, fleet: 'ships' }))).toEqual(['release/other-fleet'])
    expect(codes(verifyRelease(trust, received(signed(3, release, later, [s1])), options))).toEqual(['release/too-few-signatures'])
    expect(codes(verifyRelease(trust, received(signed(3, release, later, [s1, r1])), options))).toEqual(['release/too-few-signatures'])
    expect(codes(verifyRelease(trust, received(signed(3, release, later, [s1, s2, r3])), options))).toEqual(['release/unknown-key'])
    expect(codes(verifyRelease(trust, { ...received(), files: {} }, options))).toEqual(['release/missing-file'])
    expect(codes(verifyRelease(trust, { ...received(), files: { ...files, extra: files['devices.ndjson'] } }, options))).toEqual([
      'release/mixed',
    ])
    expect(codes(verifyRelease(trust, received(), { ...options, now: Date.parse(later) }))).toContain('release/expired')
  })

  it('is refused whichever byte is flipped: in the signed text, in its content, in the root, in a file', () => {
    const texts = { release: canonicalJson(signed(3)), content: canonicalJson(release.content), root: canonicalJson(trusted) }
    const accepted = (changed: Readonly<Record<string, string>>): boolean => {
      const [document, content, base] = [
        readCanonical({ name: 'r', text: changed['release'] ?? texts.release }, signedRelease),
        readCanonical({ name: 'c', text: changed['content'] ?? texts.content }, releaseContent),
        readCanonical({ name: 'root', text: changed['root'] ?? texts.root }, signedRoot),
      ]
      if (!document.ok || !content.ok || !base.ok) return false
      const lines = changed['file'] ?? devices
      const found = { 'devices.ndjson': { sha256: sha(lines), bytes: Buffer.byteLength(lines) } }
      return verifyRelease(
        { root: base.value, newest: {} },
        { roots: [], release: document.value, content: content.value, files: found },
        options,
      ).ok
    }
    expect(accepted({})).toBe(true)
    const all = { ...texts, file: devices }
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(all)), fc.nat(), fc.integer({ min: 1, max: 127 }), (which, position, mask) => {
        const bytes = Buffer.from(all[which as keyof typeof all])
        bytes[position % bytes.length]! ^= mask
        expect(accepted({ [which]: bytes.toString('latin1') })).toBe(false)
      }),
      { seed, numRuns: 1500 },
    )
  })
})

describe('roots', () => {
  it('rotate only when the old and the new threshold sign, one version at a time', () => {
    const both = root(2, [r2, r3], [s2], [r1, r3])
    expect(codes(nextRoot(trusted, both, 'root'))).toEqual([])
    expect(codes(nextRoot(trusted, root(2, [r2, r3], [s2], [r1]), 'root'))).toEqual(['release/too-few-signatures'])
    expect(codes(nextRoot(trusted, root(2, [r3], [s2], [r3]), 'root'))).toEqual(['release/too-few-signatures'])
    expect(codes(nextRoot(trusted, root(3, [r2, r3], [s2], [r1, r3]), 'root'))).toEqual(['release/root-gap'])
    expect(codes(nextRoot(both, trusted, 'root'))).toContain('release/rolled-back')
    expect(selfSigned(root(1, [r1, r2], [s1], [r1], 2), 'root').map(({ code }) => code)).toEqual(['release/too-few-signatures'])
  })

  it('are walked from the trusted one; keys that were rotated out sign nothing any more', () => {
    const two = root(2, [r2, r3], [s2], [r1, r3])
    const three = root(3, [r3], [s2], [r2, r3])
    expect(latestRoot(trust, [three, two], 'root')).toMatchObject({ ok: true, value: { signed: { version: 3 } } })
    expect(codes(latestRoot(trust, [three], 'root'))).toContain('release/root-gap')
    const old = verifyRelease(trust, { ...received(), roots: [two] }, options)
    expect(codes(old)).toEqual(['release/unknown-key'])
    const fresh = verifyRelease(trust, { ...received(signed(3, release, later, [s2])), roots: [two, three] }, options)
    expect(fresh.ok && fresh.value.trust.root.signed.version).toBe(3)
    expect(codes(latestRoot(trust, [root(1, [r1], [s1], [r1])], 'root'))).toEqual(['release/mixed'])
  })

  it('ask no more signatures than there are keys, and name keys by their hash', () => {
    expect(
      rootFor(
        { version: 1, expires: later, root: { keys: [r1.public], threshold: 2 }, release: { keys: [s1.public], threshold: 1 } },
        'root',
      ).ok,
    ).toBe(false)
    expect(keyId(r1.public)).toBe(canonicalHash(r1.public))
    expect(readSigningKey({ name: 'k', text: 'no key' }).diagnostics[0]).toMatchObject({ code: 'release/bad-key' })
  })
})

describe('components', () => {
  const set = (...rows: readonly (readonly [string, string, Readonly<Record<string, string>>])[]) =>
    Object.fromEntries(rows.map(([name, version, needs]) => [name, { version, needs }]))

  it('must fit one another', () => {
    expect(componentProblems(set(['app', '2.1.0', { backend: '>=3.0.0' }], ['backend', '3.1.0', {}]), 'r')).toEqual([])
    const wrong = componentProblems(
      set(['app', '2.1.0', { backend: '>=4', gatway: '1.x', gateway: 'new' }], ['backend', '3.1.0', {}], ['gateway', '1', {}]),
      'r',
    )
    expect(wrong.map(({ message }) => message)).toEqual([
      '`app` 2.1.0 needs `backend` in `>=4`, the release has 3.1.0',
      '`app` needs `gateway` in `new`, which is no range of versions',
      '`app` needs `gatway`, which is no component of the release',
      '`gateway` has version `1`, which is no semantic version',
    ])
  })

  it('are brought in an order in which every mixture fits, or none exists', () => {
    const before = set(['app', '1.0.0', { backend: '<3' }], ['backend', '2.0.0', {}], ['gateway', '1.0.0', { backend: '>=2' }])
    const after = set(['app', '2.0.0', { backend: '>=2' }], ['backend', '3.0.0', {}], ['gateway', '2.0.0', { backend: '>=3' }])
    expect(componentOrder(before, after)).toEqual({ is: 'order', stages: [['app'], ['backend'], ['gateway']] })
    const stuck = set(['app', '2.0.0', { backend: '>=3' }], ['backend', '3.0.0', {}], ['gateway', '1.0.0', { backend: '>=2' }])
    expect(componentOrder(before, stuck)).toEqual({
      is: 'impossible',
      because: ['`app` 2.0.0 does not work with `backend` 2.0.0', '`app` 1.0.0 does not work with `backend` 3.0.0'],
    })
  })
})

describe('gates', () => {
  const evidence: Evidence = { author: 'ann', tests: [], approvals: [], rollouts: [], tasksDone: [], now }
  const approval: Gate = { is: 'approval', people: 1, fourEyes: true, roles: [] }

  it('hear only what was reported for this hash, and no author where four eyes are asked', () => {
    const by = (who: string, of = release.hash) => ({ ...evidence, approvals: [{ release: of, who, roles: [], at: 1 }] })
    expect(judgeGate(approval, release, 's', by('bob')).passed).toBe(true)
    expect(judgeGate(approval, release, 's', by('ann')).passed).toBe(false)
    expect(judgeGate(approval, release, 's', by('bob', sha('other'))).passed).toBe(false)
    const tests: Gate = { is: 'tests', names: ['smoke'] }
    const report = (passed: boolean, at: number) => ({ release: release.hash, name: 'smoke', passed, at })
    expect(judgeGate(tests, release, 's', { ...evidence, tests: [report(true, 1), report(false, 2)] })).toMatchObject({
      passed: false,
      why: 'not passed: smoke',
    })
    expect(judgeGate({ is: 'assigned', optimal: true }, release, 's', evidence).passed).toBe(true)
    expect(judgeGate({ is: 'no-conflict', failOn: 'error', unknown: 0, possible: 0 }, release, 's', evidence)).toMatchObject({
      passed: true,
    })
  })

  it('lead from stage to stage', () => {
    const stages: Stage[] = [
      { name: 'staging', entry: [], tasks: [], exit: [{ is: 'soak', milliseconds: 1000 }] },
      { name: 'production', entry: [approval], tasks: [], exit: [] },
    ]
    expect(judgeStages(release, stages, evidence).at).toBe('staging')
    const done = { ...evidence, tasksDone: [{ release: release.hash, stage: 'staging', at: now - 999 }] }
    expect(judgeStages(release, stages, done)).toMatchObject({
      at: 'staging',
      stages: [{ exit: [{ why: '1 s of soak time are left' }] }, {}],
    })
    expect(judgeStages(release, stages, { ...done, now: now + 1 }).at).toBe('production')
  })
})
