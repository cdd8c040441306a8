// Answers of solvers kept in a folder: one file per question, written whole or not at all.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { AnswerCache } from '../solve/conflict-cache.ts'
import { makeFolder, unwritableAt } from './files.ts'
import type { Streams } from './streams.ts'

type OpenedCache = { readonly is: 'open'; readonly cache: AnswerCache } | { readonly is: 'failed'; readonly diagnostic: Diagnostic }

export async function openCache(folder: string, streams: Streams): Promise<OpenedCache> {
  try {
    const path = resolve(streams.workingDirectory, folder)
    await makeFolder(path)
    return { is: 'open', cache: folderCache(path) }
  } catch (error) {
    return { is: 'failed', diagnostic: unwritableAt(folder, error) }
  }
}

/** Throws where the folder cannot be made. What cannot be read or written later is asked again, or not kept: a cache may forget. */
export function folderCache(folder: string): AnswerCache {
  mkdirSync(folder, { recursive: true })
  const inMemory = new Map<string, string>()
  const fileOf = (key: string): string => join(folder, key.slice(0, 2), `${key}.json`)
  return {
    get: (key) => {
      const known = inMemory.get(key)
      if (known !== undefined) return known
      try {
        const text = readFileSync(fileOf(key), 'utf8')
        inMemory.set(key, text)
        return text
      } catch {
        return undefined
      }
    },
    set: (key, value) => {
      inMemory.set(key, value)
      try {
        const file = fileOf(key)
        mkdirSync(join(folder, key.slice(0, 2)), { recursive: true })
        // Two checks at once may keep the same answer: each writes a file of its own, and the last one stands.
        writeFileSync(`${file}.${process.pid}`, value)
        renameSync(`${file}.${process.pid}`, file)
      } catch {
        // A full or read-only disk costs time, not answers.
      }
    },
  }
}
