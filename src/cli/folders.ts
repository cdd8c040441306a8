// Folders read as a whole: the texts below one folder, within limits, and nothing outside it.
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import type { Folder } from '../engine-check.ts'
import { isHomeText, isNeverOpened, nearestFile } from '../formats/home-assistant/home-files.ts'
import { unreadable } from './files.ts'
import type { Streams } from './streams.ts'

const MOST_FILES = 20_000
const LARGEST_FILE = 16 * 2 ** 20
const LARGEST_FOLDER = 256 * 2 ** 20
const DEEPEST = 32

interface Reading {
  readonly top: string
  readonly real: string
  readonly files: Map<string, Source>
  readonly diagnostics: Diagnostic[]
  readonly name: string
  size: number
  /** Whether it is said that there are too many files. */
  full: boolean
}

/** Every text below the folder; `root` is the path of the file called `root`, at the top or in the one folder below that has it. A file stands for its folder. */
export async function readFolder(name: string, root: string, streams: Streams): Promise<Read<Folder>> {
  const refuse = (code: string, message: string, hint?: string): Read<never> => {
    const diagnostic: Diagnostic = { code, severity: 'error', message, at: { source: name } }
    return { ok: false, diagnostics: [hint === undefined ? diagnostic : { ...diagnostic, hint }] }
  }
  try {
    const asked = resolve(streams.workingDirectory, name)
    const isFile = (await stat(asked)).isFile()
    const top = isFile ? join(asked, '..') : asked
    const shown = isFile ? join(name, '..') : name
    const state: Reading = { top, real: await realpath(top), files: new Map(), diagnostics: [], name: shown, size: 0, full: false }
    await walk(state, '', 0)
    const wanted = isFile ? basename(asked) : root
    const found = nearestFile(state.files.keys(), wanted)
    switch (found.is) {
      case 'none':
        return refuse('input/no-root', `no \`${wanted}\` stands in this folder`, 'maybe name the folder that holds it')
      case 'two':
        return refuse(
          'input/no-root',
          `both \`${found.first}\` and \`${found.second}\` stand in this folder`,
          'maybe name the folder of one of them',
        )
      case 'found':
        return { ok: true, value: { name: shown, root: found.path, files: state.files }, diagnostics: state.diagnostics }
    }
  } catch (error) {
    return refuse('input/unreadable', unreadable(error))
  }
}

async function walk(state: Reading, below: string, depth: number): Promise<void> {
  if (depth > DEEPEST) {
    const message = `folders within folders are read ${DEEPEST} deep: nothing below here is`
    state.diagnostics.push({ code: 'input/too-deep', severity: 'warning', message, at: { source: join(state.name, below) } })
    return
  }
  const folder = join(state.top, below)
  const entries = (await readdir(folder)).sort()
  for (const entry of entries) {
    const path = below === '' ? entry : `${below}/${entry}`
    if (isNeverOpened(path)) continue
    const whole = join(state.top, path)
    const link = await lstat(whole)
    const say = (code: string, message: string): void => {
      state.diagnostics.push({ code, severity: 'warning', message, at: { source: join(state.name, path) } })
    }
    if (link.isSymbolicLink()) {
      const target = await realpath(whole).catch(() => undefined)
      if (target === undefined || !(target === state.real || target.startsWith(`${state.real}/`))) {
        if (isHomeText(path)) say('input/outside', 'this link leads out of the folder and is not followed')
        continue
      }
    }
    const kind = await stat(whole)
    if (kind.isDirectory()) {
      if (!link.isSymbolicLink()) await walk(state, path, depth + 1)
      continue
    }
    if (!kind.isFile() || !isHomeText(path)) continue
    if (state.files.size >= MOST_FILES) {
      if (!state.full)
        say(
          'input/too-many',
          `this file and those behind it are not read: at most ${MOST_FILES.toLocaleString('en-US')} files of a folder are`,
        )
      state.full = true
      continue
    }
    if (kind.size > LARGEST_FILE || state.size + kind.size > LARGEST_FOLDER) {
      say(
        'input/too-large',
        `the file holds ${Math.ceil(kind.size / 2 ** 20)} MB and is not read: at most ${LARGEST_FILE / 2 ** 20} MB are, and ${LARGEST_FOLDER / 2 ** 20} MB of a folder`,
      )
      continue
    }
    state.size += kind.size
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(whole))
      state.files.set(path, { name: join(state.name, path), text })
    } catch {
      say('input/not-utf-8', 'the text is not valid UTF-8, the file is not read')
    }
  }
}
