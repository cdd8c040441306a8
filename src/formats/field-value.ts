/** Values inside JSON objects, found by the dots of a name. */

/** The value under the name itself, or inside mappings along its dots. */
export function fieldValue(parsed: Readonly<Record<string, unknown>>, field: string): unknown {
  if (Object.hasOwn(parsed, field)) return parsed[field]
  if (!field.includes('.')) return undefined
  return field
    .split('.')
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined,
      parsed,
    )
}
