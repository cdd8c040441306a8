// Orders of versions and package lists of advisories: examples from the texts that define them, and laws of an order.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { affects, isAbout } from '../../src/formats/advisories/affects.ts'
import type { AffectedPackage } from '../../src/formats/advisories/advisory.ts'
import { readPackageReference } from '../../src/formats/advisories/package-reference.ts'
import { compareVersions, isVersion, orderOf, type VersionOrder } from '../../src/formats/advisories/version-order.ts'
import { readVersionRange } from '../../src/formats/csaf/version-range.ts'

const ascending: Readonly<Record<VersionOrder, readonly string[]>> = {
  semver: ['0.0.1', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.10.0', '2.0.0'],
  // The example of section 5.6.12 for parts: ~~, ~~a, ~, the empty part, a.
  debian: [
    '1.0~~',
    '1.0~~a',
    '1.0~',
    '1.0',
    '1.0a',
    '1.0+b',
    '1.1',
    '1.2-1',
    '1.2-1+deb12u1',
    '1.2-2',
    '1.10',
    '2.0~rc1-1',
    '2.0-1',
    '1:0.1',
  ],
  // Of rpm-version(7).
  rpm: ['1.0~rc1', '1.0', '1.0^git1', '1.0.a', '1.0.1', '1.9', '1.10', '1.10-1', '1.10-2', '2.0', '1:0.5'],
}

describe.each(Object.entries(ascending) as readonly [VersionOrder, readonly string[]][])('the order of %s', (order, versions) => {
  it('is what its text says', () => {
    for (let i = 0; i < versions.length; i++)
      for (let j = 0; j < versions.length; j++) {
        // A release is compared only where both have one.
        if (
          order === 'rpm' &&
          [versions[i], versions[j]].includes('1.10') &&
          [versions[i], versions[j]].some((v) => v!.startsWith('1.10-'))
        )
          continue
        expect([versions[i], versions[j], Math.sign(compareVersions(order, versions[i]!, versions[j]!))]).toEqual([
          versions[i],
          versions[j],
          Math.sign(i - j),
        ])
      }
  })
})

const debianText = fc
  .tuple(fc.option(fc.nat(2)), fc.stringMatching(/^[0-9][0-9a-zA-Z.+~]{0,6}$/), fc.option(fc.stringMatching(/^[0-9a-zA-Z.+~]{1,4}$/)))
  .map(([epoch, upstream, revision]) => `${epoch === null ? '' : `${epoch}:`}${upstream}${revision === null ? '' : `-${revision}`}`)

describe("Debian's order", () => {
  it('is an order', () => {
    fc.assert(
      fc.property(debianText, debianText, debianText, (a, b, c) => {
        const compare = (x: string, y: string) => Math.sign(compareVersions('debian', x, y))
        expect([a, b, c].every((text) => isVersion('debian', text))).toBe(true)
        expect(compare(a, b)).toBe(0 - compare(b, a) + 0)
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
      }),
      { seed: 11, numRuns: 2000 },
    )
  })

  it.skipIf(!existsSync('/usr/bin/dpkg'))('is the order of dpkg itself', () => {
    const pairs = fc.sample(fc.tuple(debianText, debianText), { seed: 12, numRuns: 150 })
    for (const [a, b] of pairs) {
      const says = ['lt', 'eq', 'gt'].find((relation) => {
        try {
          execFileSync('/usr/bin/dpkg', ['--compare-versions', a, relation, b], { stdio: 'ignore' })
          return true
        } catch {
          return false
        }
      })
      expect([a, b, says]).toEqual([a, b, ['lt', 'eq', 'gt'][Math.sign(compareVersions('debian', a, b)) + 1]])
    }
  })

  it('knows what is no version', () => {
    expect(['a1', '1:', '', '1 2', '1.0-', 'x:1.0', '1_0'].map((text) => isVersion('debian', text))).toEqual(Array(7).fill(false))
  })
})

it('knows no order of most ecosystems', () => {
  expect(['PyPI', 'Maven', 'NuGet', 'Alpine', 'RubyGems', 'constructor', undefined].map(orderOf)).toEqual(Array(7).fill(undefined))
})

describe('an entry of a package list', () => {
  it.each([
    ['openssl@3.0.2', { name: 'openssl', version: '3.0.2' }],
    ['@scope/name@1.0.0', { name: '@scope/name', version: '1.0.0' }],
    ['openssl', { name: 'openssl' }],
    ['@scope', { name: '@scope' }],
    [
      'pkg:deb/debian/openssl@3.0.2-1?arch=arm64&distro=debian-12',
      { name: 'openssl', version: '3.0.2-1', ecosystem: 'Debian', release: '12' },
    ],
    ['pkg:npm/%40scope/name@1.0.0', { name: '@scope/name', version: '1.0.0', ecosystem: 'npm' }],
    ['pkg:maven/org.example/part@1.0#sub', { name: 'org.example:part', version: '1.0', ecosystem: 'Maven' }],
    ['pkg:generic/thing@1', { name: 'thing', version: '1' }],
    ['openssl@', undefined],
    ['', undefined],
    ['two words@1', undefined],
    ['pkg:deb', undefined],
    ['pkg:npm/%zz@1', undefined],
  ])('%s', (text, expected) => {
    expect(readPackageReference(text)).toEqual(expected)
  })
})

const package_of = (more: Partial<AffectedPackage>): AffectedPackage => ({
  name: 'p',
  every: false,
  versions: [],
  intervals: [],
  except: [],
  undecided: [],
  at: { source: 't' },
  ...more,
})

describe('whether a package is affected', () => {
  it('follows lists, intervals, exceptions and what is undecided', () => {
    const interval = { order: 'semver', low: { version: '1.0.0', inclusive: true }, high: { version: '2.0.0', inclusive: false } } as const
    const affected = package_of({ versions: ['0.5.0'], intervals: [interval], except: ['1.5.0'] })
    const answers = ['0.4.0', '0.5.0', '1.0.0', '1.5.0', '1.9.9', '2.0.0', 'odd'].map((version) =>
      affects(affected, { name: 'p', version }),
    )
    expect(answers).toEqual(['no', 'yes', 'yes', 'no', 'yes', 'no', { unknown: '`odd` is no version in the order of semver' }])
    expect(affects(affected, { name: 'p' })).toEqual({ unknown: 'it has no version' })
    expect(affects(package_of({ undecided: ['why'] }), { name: 'p', version: '1' })).toEqual({ unknown: 'why' })
    expect(affects(package_of({ every: true }), { name: 'p' })).toBe('yes')
  })

  it('goes by name, ecosystem and release as far as both say', () => {
    const debian = package_of({ ecosystem: 'Debian', release: '12' })
    expect(isAbout(debian, { name: 'p' })).toBe(true)
    expect(isAbout(debian, { name: 'p', ecosystem: 'npm' })).toBe(false)
    expect(isAbout(debian, { name: 'p', ecosystem: 'Debian', release: '12.4' })).toBe(true)
    expect(isAbout(debian, { name: 'p', ecosystem: 'Debian', release: '11' })).toBe(false)
    expect(isAbout(debian, { name: 'P' })).toBe(false)
    expect(isAbout(package_of({ name: 'A_b', ecosystem: 'PyPI' }), { name: 'a-B' })).toBe(true)
  })
})

describe('a version range of CSAF', () => {
  const holds = (range: string, versions: readonly string[], ecosystem?: string): readonly unknown[] | string => {
    const read = readVersionRange(range, ecosystem)
    return typeof read === 'string' ? read : versions.map((version) => affects(package_of(read), { name: 'p', version }))
  }
  const ranges: readonly (readonly [string, readonly string[], readonly unknown[] | string, string?])[] = [
    ['vers:npm/<1.2.0', ['1.1.9', '1.2.0'], ['yes', 'no']],
    ['vers:deb/>=1.0|<2.0~rc1', ['0.9', '1.0', '2.0~beta', '2.0'], ['no', 'yes', 'yes', 'no']],
    ['vers:semver/<1.0.0|>=2.0.0|<3.0.0|!=2.5.0', ['0.1.0', '1.5.0', '2.0.0', '2.5.0', '3.0.0'], ['yes', 'no', 'yes', 'no', 'no']],
    ['vers:npm/*', ['1.0.0'], ['yes']],
    ['vers:pypi/1.0|2.0', ['1.0', '3.0'], ['yes', 'no']],
    ['vers:pypi/<2.0', ['1.0'], [{ unknown: 'no order of versions of `pypi` is known here' }]],
    ['<=4.2', ['1.0'], [{ unknown: 'the range names no scheme of versions' }]],
    ['<=4.2.0', ['4.2.0', '4.2.1'], ['yes', 'no'], 'npm'],
    ['vers:npm/', [], 'must be written as `vers:scheme/constraints`'],
    ['all of them', [], 'holds `all of them`, which is no constraint such as `<3.0.7`'],
    ['4.2', [], 'must begin with one of < <= = >= >, or with `vers:`'],
    ['vers:npm/<x', [], 'holds `x`, which is no version in the order of semver'],
    ['vers:npm/>1.0.0|>2.0.0', [], 'has two lower bounds, `1.0.0` and `2.0.0`, with no upper one between'],
    ['vers:npm/<1.0.0|<2.0.0', [], 'has the upper bound `2.0.0` with no lower one before it'],
  ]
  for (const [range, versions, expected, ecosystem] of ranges)
    it(`${range} for ${ecosystem ?? 'any'}`, () => {
      expect(holds(range, versions, ecosystem)).toEqual(expected)
    })
})
