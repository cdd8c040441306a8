// Changed texts of files put in the place of those that were read: all or none, each with what it was before beside it.
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { unwritableAt } from './files.ts'
import type { Streams } from './streams.ts'

export interface ChangedFile {
  readonly name: string
  readonly before: string
  readonly after: string
}

/** Refused where a file is no longer as it was read; `NAME.before-fix` keeps the old text. */
export async function applyFiles(files: readonly ChangedFile[], streams: Streams): Promise<Diagnostic | undefined> {
  const places = files.map((file) => ({ ...file, path: resolve(streams.workingDirectory, file.name) }))
  const drafts: string[] = []
  let name = ''
  try {
    for (const file of places) {
      name = file.name
      // A byte order mark is no part of the text that was read.
      const now = await readFile(file.path, 'utf8')
      if (now !== file.before && now !== `\ufeff${file.before}`)
        return {
          code: 'fix/changed',
          severity: 'error',
          message: 'the file has changed since it was read: nothing was applied',
          hint: 'maybe run the command again',
          at: { source: file.name },
        }
      drafts.push(`${file.path}.fix-${process.pid}`)
      await writeFile(drafts.at(-1)!, now.startsWith('\ufeff') ? `\ufeff${file.after}` : file.after)
      await writeFile(`${file.path}.before-fix`, now)
    }
    for (const [at, file] of places.entries()) {
      name = file.name
      await rename(drafts[at]!, file.path)
    }
    return undefined
  } catch (error) {
    return unwritableAt(name, error)
  } finally {
    for (const draft of drafts) await rm(draft, { force: true })
  }
}
