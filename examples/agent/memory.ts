// What a device remembers across restarts: the newest revision it has seen and what it runs, in one file that is replaced as a whole.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { StatusDocument } from '../../src/deploy/document.ts'

export interface Memory {
  readonly read: () => StatusDocument
  readonly write: (status: StatusDocument) => void
}

export function fileMemory(path: string): Memory {
  return {
    read: () => {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as StatusDocument
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
        throw error
      }
    },
    write: (status) => {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(`${path}.new`, JSON.stringify(status), { flush: true })
      renameSync(`${path}.new`, path)
    },
  }
}

/** Forgets when the process ends: for tests. */
export function shortMemory(): Memory {
  let kept: StatusDocument = {}
  return {
    read: () => kept,
    write: (status) => {
      kept = status
    },
  }
}
