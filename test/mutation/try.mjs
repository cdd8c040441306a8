// Tries mutants of the files named on the cases of `cases/` and prints what survives: `node test/mutation/try.mjs [--cases a,b] [--json FILE] FILE[:FROM-TO]...`.
// What `stryker` does with `stryker.config.json`, without its preparation: for a few files, while cases are written.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { strykerPlugins } from './messages.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const STILL = 12_000

const { cases, json, files } = asked(process.argv.slice(2))
const sandbox = mkdtempSync(join(tmpdir(), 'mutants-'))
process.on('exit', () => rmSync(sandbox, { recursive: true, force: true }))

for (const folder of ['src', 'constraints', 'test', 'benchmarks'])
  cpSync(join(root, folder), join(sandbox, folder), { recursive: true, filter: (from) => !/test\/(web|fixtures|cli)\//.test(from) })
for (const name of ['node_modules', 'package.json', 'tsconfig.json']) symlinkSync(join(root, name), join(sandbox, name))

const mutants = []
for (const { name, lines } of files) {
  const content = readFileSync(join(root, name), 'utf8')
  const made = await instrumented(name, content)
  const source = content.split('\n')
  for (const mutant of made.mutants) mutants.push({ ...mutant, id: `${mutants.length}`, was: mutant.id, source, name, lines })
  const ids = new Map(mutants.filter((one) => one.name === name).map(({ id, was }) => [was, id]))
  // Numbers are given anew, so that they differ between files.
  writeFileSync(
    join(sandbox, name),
    made.content.replace(/(stryMutAct_\w+\()"(\d+)"|(stryCov_\w+\()((?:"\d+"(?:, )?)+)/g, (_, act, one, cov, list) =>
      act === undefined ? `${cov}${list.replace(/"(\d+)"/g, (__, id) => `"${ids.get(id)}"`)}` : `${act}"${ids.get(one)}"`,
    ),
  )
}

const wanted = mutants.filter(
  ({ status, lines, location: { start } }) =>
    status !== 'Ignored' && (lines === undefined || (start.line >= lines[0] && start.line <= lines[1])),
)
const results = await tryAll(wanted.map(({ id }) => id))
const counts = {}
const survived = []
for (const mutant of wanted) {
  const status = results.get(mutant.id)
  counts[mutant.name] ??= { noticed: 0, survived: 0, uncovered: 0 }
  counts[mutant.name][status === 'survived' || status === 'uncovered' ? status : 'noticed']++
  if (status !== 'survived' && status !== 'uncovered') continue
  const { start, end } = mutant.location
  const source = mutant.source
    .slice(start.line - 1, end.line)
    .map((line) => line.trim())
    .join(' ')
  survived.push({
    file: mutant.name,
    source,
    mutant: mutant.replacement,
    line: start.line,
    column: start.column,
    status,
    of: mutant.mutatorName,
  })
}
for (const { line, status, source, mutant, file } of survived)
  console.log(
    `${files.length > 1 ? `${file} ` : ''}${line}${status === 'uncovered' ? ' (no case comes here)' : ''}: ${source.slice(0, 200)}\n      => ${mutant.replaceAll(/\s+/g, ' ').slice(0, 200)}`,
  )
console.log(JSON.stringify(counts, undefined, 1))
if (json) writeFileSync(json, JSON.stringify({ counts, survived }, undefined, 1))

function asked(given) {
  const take = (name) => {
    const at = given.indexOf(name)
    return at < 0 ? undefined : given.splice(at, 2)[1]
  }
  const [cases, json] = [take('--cases'), take('--json')]
  const files = given.map((one) => {
    const [name, range] = one.split(':')
    return { name, lines: range?.split('-').map(Number) }
  })
  return { cases, json, files }
}

/** One file with switches for all its mutants; lines as editors count them. */
async function instrumented(name, content) {
  const quiet = Object.fromEntries(['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, () => {}]))
  const logger = { ...quiet, isDebugEnabled: () => false }
  const instrumenter = new Instrumenter(logger)
  const options = { plugins: null, excludedMutations: [], ignorers: strykerPlugins.map(({ value }) => value), noHeader: false }
  const result = await instrumenter.instrument([{ name, content, mutate: true }], options)
  const shifted = result.mutants.map((mutant) => {
    const { start, end } = mutant.location
    return { ...mutant, location: { start: { ...start, line: start.line + 1 }, end: { ...end, line: end.line + 1 } } }
  })
  return { content: result.files[0].content, mutants: shifted }
}

/** By mutant, what came of it; a process that says nothing for a while stands in a mutant that never ends. */
async function tryAll(ids) {
  const results = new Map()
  // What is run when a file is loaded needs a process of its own.
  const alone = []
  let left = ids
  while (left.length > 0) {
    const before = left.length
    let current
    await new Promise((resolve, reject) => {
      const child = spawn('node', ['--import', 'tsx', 'test/mutation/try-worker.mjs'], {
        cwd: sandbox,
        env: { ...process.env, FLEETPROOF_LONG: '', MUTANT_CASES: cases ?? '' },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      let timer
      const wait = (ms) => {
        clearTimeout(timer)
        timer = setTimeout(() => child.kill('SIGKILL'), ms)
      }
      wait(120_000)
      child.on('message', ({ id, status, failed }) => {
        wait(id === undefined ? 120_000 : STILL)
        if (failed !== undefined) reject(new Error(`the code as it is fails ${failed}`))
        else if (status === 'trying') current = id
        else if (status === 'at load') {
          alone.push(id)
          results.set(id, 'noticed')
        } else if (status) results.set(id, status)
      })
      child.on('exit', () => {
        clearTimeout(timer)
        if (current !== undefined && !results.has(current)) results.set(current, 'endless')
        resolve()
      })
      child.send(left)
    })
    left = left.filter((id) => !results.has(id))
    if (left.length === before) throw new Error('no mutant could be tried')
  }
  for (const id of alone) {
    const { status } = spawnSync('node', ['--import', 'tsx', 'test/mutation/try-worker.mjs'], {
      cwd: sandbox,
      env: { ...process.env, FLEETPROOF_LONG: '', MUTANT_CASES: cases ?? '', MUTANT_AT_LOAD: id },
      timeout: 120_000,
      stdio: 'ignore',
    })
    results.set(id, status === 0 ? 'survived' : 'noticed')
  }
  return results
}
