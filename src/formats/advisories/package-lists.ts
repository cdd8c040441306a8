/** The package lists of devices: distinct entries of a column of sets, each read once, found again by the name of the package. */
import type { Read } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { Advisories, FleetModel } from '../../model/fleet-model.ts'
import type { AttributeType, Column, Fleet } from '../../model/fleet.ts'
import { type PackageReference, readPackageReference } from './package-reference.ts'

export interface ListedPackage {
  /** As it stands in the list. */
  readonly text: string
  readonly entry: PackageReference
}

export interface PackageLists {
  /** `packages`, as expressions read it behind `device.`. */
  readonly attribute: string
  readonly entries: readonly ListedPackage[]
  /** Devices that have no list. */
  readonly without: number
}

/** Nothing where no device lists packages and nobody said that one does. */
export function packageLists(model: FleetModel, fleet: Fleet, { packages }: Advisories): Read<PackageLists | undefined> {
  const name = packages.is === 'attribute' ? packages.name : TABLE_ATTRIBUTE
  const type = typeOf(model, name)
  const at = packages.at ?? { source: model.source }
  if (type === undefined) {
    if (packages.at === undefined) return { ok: true, value: undefined, diagnostics: [] }
    const known = model.vocabulary.filter((attribute) => attribute.type.is === 'set').map((attribute) => attribute.name)
    const message = `the packages of devices are to be found in \`${name}\`, which is no attribute of the vocabulary`
    return { ok: false, diagnostics: [{ code: 'advisory/unknown-attribute', severity: 'error', message, ...maybe(name, known), at }] }
  }
  const column = fleet.columns[name]
  if (type.is !== 'set' || column?.is !== 'codes') {
    const message = `\`${name}\` is ${type.is}; packages are listed as a set of texts such as \`openssl@3.0.2\``
    const hint = `maybe \`${name}: {set: text}\``
    return { ok: false, diagnostics: [{ code: 'advisory/wrong-type', severity: 'error', message, hint, at }] }
  }
  return { ok: true, value: { attribute: name, ...entriesOf(column) }, diagnostics: [] }
}

/** What the column of a packages table is called. */
export const TABLE_ATTRIBUTE = 'packages'

function typeOf(model: FleetModel, name: string): AttributeType | undefined {
  const own = model.vocabulary.find((attribute) => attribute.name === name)
  if (own !== undefined) return own.type
  const dot = name.indexOf('.')
  return dot < 0 ? undefined : model.joins.find((join) => join.name === name.slice(0, dot))?.columns[name.slice(dot + 1)]
}

function entriesOf(column: Extract<Column, { readonly is: 'codes' }>): Pick<PackageLists, 'entries' | 'without'> {
  const used = new Uint8Array(column.values.length)
  let without = 0
  for (const code of column.codes) {
    if (code < 0) without += 1
    else used[code] = 1
  }
  const texts = new Set<string>()
  column.values.forEach((value, code) => {
    if (used[code] === 1) for (const text of JSON.parse(value) as readonly string[]) texts.add(text)
  })
  const entries = [...texts].sort().flatMap((text): readonly ListedPackage[] => {
    const entry = readPackageReference(text)
    // What is no `name@version` is the name of something, of no known version.
    return [{ text, entry: entry ?? { name: text } }]
  })
  return { entries, without }
}
