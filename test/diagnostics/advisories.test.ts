// Advisories that are malformed, withdrawn, or cannot be decided: each with its place, none with a guess.
import { describe, expect, it } from 'vitest'
import { readFleetSource } from '../../src/formats/read-fleet-source.ts'
import { bytesOf } from '../fixtures/bytes.ts'

const MODEL = `fleetproof: 1
context:
  packages: {set: text}
devices: [{id: a, packages: [zlib@1.2.11]}, {id: b, packages: []}]
variants:
  old: {version: 1.0.0, contains: [lib@1.0.0]}
  new: {version: 2.0.0, contains: [lib@2.0.0]}
`

async function follow(advisory: unknown, model = MODEL) {
  const text = typeof advisory === 'string' ? advisory : JSON.stringify(advisory)
  const read = await readFleetSource({ name: 'm.yaml', text: model }, () => bytesOf(text), { advisories: ['a.json'] })
  const said = read.diagnostics.map(({ code, severity, message, at }) => {
    const place = at.range === undefined ? at.source : `${at.range.start.line}:${at.range.start.column}`
    return `${place} ${severity} ${code} ${message}`
  })
  const affects = read.ok ? read.value.model.constraints.map(({ parameters }) => (parameters as { affects: string }).affects) : undefined
  return { said, affects }
}

const osv = (affected: unknown, more: object = {}): object => ({ id: 'OSV-1', modified: '2026-01-01T00:00:00Z', affected, ...more })
const lib = (events: unknown, ecosystem = 'npm'): object => ({
  package: { ecosystem, name: 'lib' },
  ranges: [{ type: 'ECOSYSTEM', events }],
})

describe('an OSV advisory', () => {
  it('becomes what is affected here', async () => {
    expect(await follow(osv([lib([{ introduced: '0' }, { fixed: '2.0.0' }])]))).toEqual({ said: [], affects: ['variant.id in ["old"]'] })
    expect((await follow(osv([lib([{ introduced: '0' }, { last_affected: '2.0.0' }])]))).affects).toEqual(['variant.id in ["old", "new"]'])
    expect((await follow(osv([{ package: { ecosystem: 'PyPI', name: 'zlib' }, versions: ['1.2.11'] }]))).affects).toEqual([
      'device.packages.intersects(["zlib@1.2.11"])',
    ])
    expect((await follow(osv([{ package: { ecosystem: 'npm', name: 'new' }, versions: ['2.0.0'] }]))).affects).toEqual([
      'variant.id in ["new"]',
    ])
  })

  it('takes events in any order, several ranges, and limits', async () => {
    const events = [{ fixed: '1.5.0' }, { introduced: '1.2.0' }, { introduced: '0' }, { fixed: '0.5.0' }]
    expect((await follow(osv([lib(events)]))).affects).toEqual([])
    expect((await follow(osv([lib([{ introduced: '0' }, { limit: '2.0.0' }])]))).affects).toEqual(['variant.id in ["old"]'])
  })

  it.each<readonly [string, unknown, readonly string[]]>([
    [
      'withdrawn',
      osv([], { withdrawn: '2026-02-01T00:00:00Z' }),
      ['1:76 warning osv/withdrawn `OSV-1` was withdrawn at 2026-02-01T00:00:00Z; it asks for nothing'],
    ],
    [
      'withdrawn at no time',
      osv([], { withdrawn: 'soon' }),
      ['1:76 error osv/wrong-value `withdrawn` must be a time such as 2026-01-31T12:00:00Z, not the text "soon"'],
    ],
    ['of nothing', osv([]), ['1:60 error osv/empty `OSV-1` does not say what is affected']],
    [
      'without a name',
      osv([{ package: { ecosystem: 'npm' }, versions: ['1'] }]),
      ['1:72 error model/missing-key `affected[0].package.name` is missing'],
    ],
    [
      'without versions',
      osv([{ package: { ecosystem: 'npm', name: 'lib' } }]),
      ['1:61 error osv/empty no version of `lib` is said to be affected: `ranges` and `versions` are missing'],
    ],
    [
      'with a wrong version',
      osv([lib([{ introduced: 'one' }])]),
      ['1:160 error osv/bad-version the text "one" is no version in the order of semver'],
    ],
    [
      'with an empty event',
      osv([lib([{}])]),
      ['1:145 error osv/bad-event an event is exactly one of `introduced`, `fixed`, `last_affected` and `limit`'],
    ],
    [
      'without a beginning',
      osv([lib([{ fixed: '1.0.0' }])]),
      ['1:144 error osv/bad-range the range has no `introduced`, so nothing is in it'],
    ],
    [
      'of an ecosystem whose order is not known',
      osv([lib([{ introduced: '0' }], 'PyPI')]),
      [
        '1:61 error advisory/unknown-order whether `lib@1.0.0` of variant `old` is what `OSV-1` affects cannot be told: no order of versions of `PyPI` is known here, and the advisory lists none',
        '1:61 error advisory/unknown-order whether `lib@2.0.0` of variant `new` is what `OSV-1` affects cannot be told: no order of versions of `PyPI` is known here, and the advisory lists none',
      ],
    ],
    [
      'of commits only',
      osv([{ ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] }]),
      [
        '1:61 warning osv/no-package only commits of a repository are said to be affected; no package list holds commits',
        '1:8 information advisory/not-here `OSV-1` affects nothing here: it names no package',
      ],
    ],
    [
      'of what nobody has',
      osv([{ package: { ecosystem: 'npm', name: 'other' }, versions: ['1.0.0'] }]),
      ['1:8 information advisory/not-here `OSV-1` affects nothing here: other 1.0.0'],
    ],
    ['that is cut off', '{"id": "OSV-1", ', ['1:17 error formats/broken-json a key in double quotes is expected here']],
    ['that is something else', '[1]', ['1:1 error advisory/unknown-format neither an OSV nor a CSAF advisory: a list']],
  ])('%s', async (_, advisory, expected) => {
    expect((await follow(advisory)).said).toEqual(expected)
  })
})

const header = { category: 'csaf_vex', csaf_version: '2.0', tracking: { id: 'C-1', status: 'final' } }
const tree = {
  branches: [
    {
      category: 'product_name',
      name: 'lib',
      branches: [
        { category: 'product_version_range', name: 'vers:npm/<2.0.0', product: { product_id: 'P', name: 'lib' } },
        { category: 'product_version', name: '1.0.0', product: { product_id: 'Q', name: 'lib 1.0.0' } },
      ],
    },
  ],
  full_product_names: [
    { product_id: 'NEW', name: 'new 2.0.0' },
    { product_id: 'Z', name: 'zlib 1.2.11' },
  ],
  relationships: [
    {
      category: 'default_component_of',
      product_reference: 'Z',
      relates_to_product_reference: 'NEW',
      full_product_name: { product_id: 'Z-IN-NEW', name: 'zlib in new' },
    },
  ],
}
const csaf = (product_status: object, more: object = {}, document: object = header): object => ({
  document,
  product_tree: tree,
  vulnerabilities: [{ cve: 'CVE-2026-1', product_status, ...more }],
})

describe('a CSAF document', () => {
  it('becomes what is affected here', async () => {
    expect(await follow(csaf({ known_affected: ['P'] }))).toEqual({ said: [], affects: ['variant.id in ["old"]'] })
    expect((await follow(csaf({ known_affected: ['P'], fixed: ['Q'] }))).affects).toEqual([])
    expect((await follow(csaf({ known_affected: ['Z'] }))).affects).toEqual(['device.packages.intersects(["zlib@1.2.11"])'])
    expect((await follow(csaf({ known_affected: ['Z-IN-NEW'] }))).affects).toEqual(['variant.id in ["new"]'])
    expect((await follow(csaf({ last_affected: ['NEW'] }))).affects).toEqual(['variant.id in ["new"]'])
  })

  it.each<readonly [string, object, readonly string[]]>([
    [
      'of another version',
      csaf({}, {}, { ...header, csaf_version: '1.2' }),
      ['error csaf/other-version the document is CSAF 1.2, this program reads CSAF 2.0'],
    ],
    [
      'without tracking',
      csaf({}, {}, { category: 'csaf_vex', csaf_version: '2.0' }),
      ['error model/missing-key `document.tracking` is missing'],
    ],
    ['with an unknown product', csaf({ known_affected: ['P', 'X'] }), ['error csaf/unknown-product no product of the tree has the id `X`']],
    [
      'that contradicts itself',
      csaf({ known_affected: ['P'], fixed: ['P'] }),
      ['error csaf/contradiction `P` is said to be affected and not to be affected'],
    ],
    [
      'with an unknown group',
      csaf({ known_affected: ['P'] }, { remediations: [{ category: 'vendor_fix', details: 'x', group_ids: ['G'] }] }),
      ['error csaf/unknown-group no group of products has the id `G`'],
    ],
    ['with nothing affected', csaf({ fixed: ['P'] }), ['warning csaf/nothing-affected the text "CVE-2026-1" has no affected product']],
    [
      'under investigation',
      csaf({ known_affected: ['P'], under_investigation: ['Z'] }),
      ['warning csaf/under-investigation 1 product is under investigation; they count as not affected until the document says so'],
    ],
    ['without a vulnerability', { document: header }, ['error csaf/empty `C-1` names no vulnerability']],
    [
      'that is withdrawn',
      csaf({}, {}, { ...header, category: 'csaf_withdrawn' }),
      ['warning csaf/withdrawn `C-1` is withdrawn; it asks for nothing'],
    ],
    [
      'with an id twice',
      {
        ...csaf({ known_affected: ['P'] }),
        product_tree: { ...tree, full_product_names: [{ product_id: 'P', name: 'x' }], relationships: [] },
      },
      ['error csaf/duplicate-id two products have the id `P`'],
    ],
  ])('%s', async (_, document, expected) => {
    expect((await follow(document)).said.map((text) => text.slice(text.indexOf(' ') + 1))).toEqual(expected)
  })
})

describe('package lists', () => {
  const zlib = osv([
    { package: { ecosystem: 'npm', name: 'zlib' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.12' }] }] },
  ])
  it('count what is missing or unreadable as affected, and say so', async () => {
    const missing = MODEL.replace(', packages: []', '')
    expect(await follow(zlib, missing)).toEqual({
      said: ['m.yaml warning advisory/no-list 1 device has no `packages`: nothing says that they are not affected'],
      affects: ['device.packages.intersects(["zlib@1.2.11"])'],
    })
    expect((await follow(zlib, MODEL.replace('zlib@1.2.11', 'zlib@new'))).said).toEqual([
      '1:61 warning advisory/unknown-version whether `zlib@new` of devices is what `OSV-1` affects cannot be told: `new` is no version in the order of semver; it counts as affected',
    ])
  })

  it('give way to what a variant brings itself', async () => {
    const brings = MODEL.replace('[lib@2.0.0]', '[zlib@1.2.13]').replace('[lib@1.0.0]', '{all: []}')
    expect((await follow(zlib, brings)).affects).toEqual([])
  })

  it('are refused where they are none', async () => {
    expect((await follow(zlib, MODEL.replace('{set: text}', '{int: true}').replace('[zlib@1.2.11]', '1').replace('[]', '1'))).said).toEqual(
      ['m.yaml error advisory/wrong-type `packages` is int; packages are listed as a set of texts such as `openssl@3.0.2`'],
    )
    expect((await follow(zlib, `${MODEL}advisories: {packages: softwares}\n`)).said).toEqual([
      '8:24 error advisory/unknown-attribute the packages of devices are to be found in `softwares`, which is no attribute of the vocabulary',
    ])
    expect((await follow(zlib, MODEL.replace('lib@1.0.0', '"lib@"'))).said).toEqual([
      '6:37 error advisory/bad-package `lib@` of the variant `old` is no package',
    ])
  })
})
