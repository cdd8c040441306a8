/** No mutant of the files below survives their tests unless it is listed, with its reason, as one that changes no answer. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

interface Equivalent {
  readonly file: string
  /** The lines that the mutant stands in, and what it puts there, without blanks at the ends. */
  readonly source: string
  readonly mutant: string
  readonly why: string
}
interface Mutant {
  readonly status: string
  readonly replacement?: string
  readonly location: { readonly start: Place; readonly end: Place }
}
interface Place {
  readonly line: number
  readonly column: number
}
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const root = here('../..')

/** Survivors as they stand in `equivalent.json`. */
function survivors({ files }: Report): readonly Omit<Equivalent, 'why'>[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n')
    return mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location: { start, end }, replacement = '' }) => ({
        file,
        source: lines
          .slice(start.line - 1, end.line)
          .map((line) => line.trim())
          .join(' '),
        mutant: replacement,
      }))
  })
}

interface Group {
  readonly name: string
  /** Sorts of cases that are about these files. */
  readonly cases: string
  readonly mutate: readonly string[]
}
const groups = JSON.parse(readFileSync(here('groups.json'), 'utf8')) as readonly Group[]
const known = JSON.parse(readFileSync(here('equivalent.json'), 'utf8')) as readonly Equivalent[]
const config = JSON.parse(readFileSync(here('stryker.config.json'), 'utf8')) as { readonly jsonReporter: { readonly fileName: string } }

describe('mutants of the checker', () => {
  it.each(groups)('of $name are all noticed', { timeout: 4 * 3_600_000 }, ({ cases, mutate }) => {
    const run = spawnSync('npx', ['stryker', 'run', 'test/mutation/stryker.config.json', '--mutate', mutate.join(',')], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, FLEETPROOF_LONG: '', MUTANT_CASES: cases },
    })
    expect(run.status, run.stdout.slice(-2000) + run.stderr.slice(-2000)).toBe(0)
    const report = JSON.parse(readFileSync(`${root}/${config.jsonReporter.fileName}`, 'utf8')) as Report
    const keyOf = ({ file, source, mutant }: Omit<Equivalent, 'why'>): string => JSON.stringify([file, source, mutant])
    const listed = known.filter(({ file }) => report.files[file] !== undefined)
    const found = survivors(report)
    expect(found.filter((one) => !listed.some((other) => keyOf(other) === keyOf(one)))).toEqual([])
    // What is listed and no longer survives is listed in vain.
    const alive = new Set(found.map(keyOf))
    expect(listed.filter((one) => !alive.has(keyOf(one)))).toEqual([])
  })
})
