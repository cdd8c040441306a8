// How much of real homes the importer of Home Assistant reads exactly, and why not the rest; and what it takes to check each:
// `npm run -s bench -- check-homes`. `HOMES=a,b` looks at some only; each home is told on the error stream as soon as it is done.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Source } from '../src/diagnostics/diagnostic.ts'
import { readHome } from '../src/formats/home-assistant/read-home.ts'
import { readBehaviour } from '../src/engine-check.ts'
import type { UnmodelledPart } from '../src/model/automation.ts'
import { exactAutomations, ownAutomations } from '../test/fixtures/exact.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { checkHome } from './home-check.ts'

const HOMES = '../shared/data/homes'
const ROOTS = ['configuration.yaml', 'config/configuration.yaml', 'home-assistant/configuration.yaml']
const MOST_REASONS = 25

export async function checkHomes({ runs }: BenchmarkOptions): Promise<BenchmarkResult> {
  const names = existsSync(HOMES) ? readdirSync(HOMES).filter(asked).sort() : []
  const homes: Record<string, unknown> = {}
  const reasons = new Map<string, number>()
  const times: number[] = []
  let all = 0
  let exact = 0
  for (const name of names) {
    const files = filesOf(join(HOMES, name))
    const root = ROOTS.find((path) => files.has(path))
    if (root === undefined) continue
    let best = Infinity
    for (let run = 0; run < Math.max(1, runs - 1); run += 1) {
      const begun = performance.now()
      readHome(files, { application: name, root })
      best = Math.min(best, performance.now() - begun)
    }
    times.push(best)
    const read = readHome(files, { application: name, root })
    if (!read.ok) {
      homes[name] = { failed: read.diagnostics }
      continue
    }
    const { automations, unmodelled } = read.value.application
    const open = byAutomation(unmodelled)
    const written = ownAutomations(read.value.application)
    const good = exactAutomations(read.value.application).length
    all += written.length
    exact += good
    for (const { id } of written) for (const why of open.get(id) ?? []) reasons.set(why, (reasons.get(why) ?? 0) + 1)
    const source = files.get(root)!
    const inputs = { sources: [{ format: 'home-assistant', source, folder: { name, root, files } }] }
    const behaviour = readBehaviour(inputs, { 'home-assistant': () => ({ ...read, value: [read.value] }) })
    const home = {
      files: files.size,
      automations: written.length,
      exact: good,
      percent: percent(good, written.length),
      scriptsAndEntities: automations.length - written.length,
      steps: automations.reduce((sum, { steps }) => sum + steps.length, 0),
      attributes: read.value.attributes.length,
      diagnostics: read.diagnostics.length,
      milliseconds: Math.round(best),
      ...(behaviour.ok ? { check: await checkHome(behaviour.value) } : {}),
    }
    homes[name] = home
    process.stderr.write(`${JSON.stringify({ home: name, ...home })}\n`)
  }
  const top = [...reasons].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, MOST_REASONS)
  return {
    ratio: 1,
    milliseconds: Math.round(times.reduce((sum, one) => sum + one, 0)),
    memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    details: { homes, automations: all, exact, percent: percent(exact, all), reasons: Object.fromEntries(top) },
  }
}

/** Homes that are looked at: all, or those that are named. */
const asked = (name: string): boolean => {
  const some = process.env['HOMES']
  return some === undefined || some.split(',').includes(name)
}

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : Math.round((1000 * part) / whole) / 10)

/** Reasons without the names in them, each once per automation. */
function byAutomation(parts: readonly UnmodelledPart[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const { automation, why } of parts) {
    const known = found.get(automation) ?? new Set<string>()
    known.add(why.replaceAll(/`[^`]*`/g, '...'))
    found.set(automation, known)
  }
  return found
}

function filesOf(folder: string, below = ''): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>()
  for (const name of readdirSync(join(folder, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`
    if (statSync(join(folder, path)).isDirectory()) for (const [key, source] of filesOf(folder, path)) found.set(key, source)
    else found.set(path, { name: path, text: readFileSync(join(folder, path), 'utf8') })
  }
  return found
}
