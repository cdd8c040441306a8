/** Entities as documents name them: lists, texts with commas, registry ids, secrets. */
import { ENTITY, secretEntity } from './domains.ts'
import type { Inventory } from './inventory.ts'
import { textsOf, type YamlNode } from './tree.ts'

export interface NamedEntities {
  readonly known: readonly string[]
  /** Names that are neither entity ids nor ids of the registry; templates among them. */
  readonly unknown: readonly string[]
}

export function namedEntities(home: { readonly inventory: Inventory }, node: YamlNode | undefined): NamedEntities {
  const known: string[] = []
  const unknown: string[] = []
  for (const text of textsOf(node)) {
    const entity = entityNamed(home, text)
    if (entity === undefined) unknown.push(text)
    else known.push(entity)
  }
  return { known, unknown }
}

export function entityNamed(home: { readonly inventory: Inventory }, text: string): string | undefined {
  const lower = text.toLowerCase()
  return secretEntity(text) ?? (ENTITY.test(lower) ? lower : home.inventory.registry?.byId.get(text))
}
