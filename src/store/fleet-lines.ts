/** A stored fleet as NDJSON, a chunk at a time: the id first, then fields in the order in which the fleet first had them. */
import type { Kysely } from 'kysely'
import { textAt, type ChunkColumn } from './column-codec.ts'
import { mergedTexts } from './fleet-changes.ts'
import { addedDevices, rowTexts, snapshotChunks, type FleetSnapshot } from './fleet-snapshot.ts'
import type { Schema } from './schema.ts'

export async function* fleetLines(queries: Kysely<Schema>, snapshot: FleetSnapshot): AsyncGenerator<Uint8Array> {
  const { table, changes } = snapshot
  const idKey = `{${JSON.stringify(table?.idField ?? 'id')}:`
  const names = table?.columns ?? []
  const inTable = new Set<string>()
  for await (const { ids, columns } of snapshotChunks(queries, snapshot)) {
    const pieces = names.flatMap((name) => {
      const column = columns.get(name)
      return column === undefined ? [] : [piecesOf(name, column)]
    })
    let text = ''
    for (let row = 0; row < ids.length; row += 1) {
      const id = ids[row]!
      const change = changes.size === 0 ? undefined : changes.get(id)
      if (change !== undefined) {
        inTable.add(id)
        if (!(change.whole && change.context === null)) text += lineOf(idKey, id, mergedTexts(rowTexts(columns, names, row), change))
        continue
      }
      let line = idKey + JSON.stringify(id)
      for (const piece of pieces) line += piece(row)
      text += `${line}}\n`
    }
    yield Buffer.from(text)
  }
  let text = ''
  for (const [id, change] of addedDevices(snapshot, inTable)) text += lineOf(idKey, id, mergedTexts(new Map(), change))
  if (text !== '') yield Buffer.from(text)
}

function lineOf(idKey: string, id: string, texts: ReadonlyMap<string, string>): string {
  let line = idKey + JSON.stringify(id)
  for (const [name, text] of texts) line += `,${JSON.stringify(name)}:${text}`
  return `${line}}\n`
}

/** By row: the field as it stands in the line, or nothing. */
function piecesOf(name: string, column: ChunkColumn): (row: number) => string {
  const key = `,${JSON.stringify(name)}:`
  if (column.is === 'numbers')
    return (row) => {
      const text = textAt(column, row)
      return text === undefined ? '' : key + text
    }
  const { codes, texts } = column
  const pieces = ['', ...texts.map((text) => key + text)]
  return (row) => pieces[codes[row]!]!
}
