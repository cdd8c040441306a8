/** The sections of a configuration: of `configuration.yaml` and of its packages, keys with a suffix (`automation manual`) among those without. */
import type { MapEntry, YamlNode } from './tree.ts'
import { entriesOf, field, isNothing, listOf } from './tree.ts'

/** From documentation: docs/configuration/packages, docs/configuration/splitting_configuration. */
export function sectionsOf(root: YamlNode): ReadonlyMap<string, readonly YamlNode[]> {
  const sections = new Map<string, YamlNode[]>()
  const add = (entry: MapEntry): void => {
    const domain = entry.key.split(' ')[0]!
    if (isNothing(entry.node)) return
    const known = sections.get(domain)
    if (known === undefined) sections.set(domain, [entry.node])
    else known.push(entry.node)
  }
  entriesOf(root).forEach(add)
  for (const pack of packagesOf(root)) entriesOf(pack).forEach(add)
  return sections
}

/** Packages by name, or a list of mappings of them. */
function packagesOf(root: YamlNode): readonly YamlNode[] {
  return listOf(field(field(root, 'homeassistant'), 'packages')).flatMap((node) => entriesOf(node).map((entry) => entry.node))
}

/** Entries of all mappings of a section; lists of mappings are taken as one mapping. */
export function namedEntries(nodes: readonly YamlNode[] | undefined): readonly MapEntry[] {
  return (nodes ?? []).flatMap((node) => (node.is === 'list' ? namedEntries(node.items) : entriesOf(node)))
}

/** Items of all lists of a section; a single mapping is an item. */
export function listedItems(nodes: readonly YamlNode[] | undefined): readonly YamlNode[] {
  return (nodes ?? []).flatMap((node) => (node.is === 'list' ? listedItems(node.items) : isNothing(node) ? [] : [node]))
}
