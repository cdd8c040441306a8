/** Answers of solvers kept by what was asked: a caller may hand in a cache that outlives the process. Only definite answers are kept; what was given up is asked again. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Constant } from '../smt/build.ts'
import type { AskScripts } from './conflict-ask.ts'
import type { SolverAnswer } from './solvers.ts'

/** A store of texts by name; it may forget what it likes. */
export interface AnswerCache {
  readonly get: (key: string) => string | undefined
  readonly set: (key: string, value: string) => void
}

/** Changes whenever the meaning of a kept answer does. */
const VERSION = '2'

const solver = (createRequire(import.meta.url)('z3-solver/package.json') as { readonly version: string }).version

/** Looks up what may take a while. */
interface Known {
  readonly get: (key: string) => string | undefined | Promise<string | undefined>
}

/** A cache of its own over another, which is not told: what was asked first is never known to what is asked beside it. */
export const layeredCache = (below: Known): Known & Pick<AnswerCache, 'set'> & { readonly made: () => ReadonlyMap<string, string> } => {
  const made = new Map<string, string>()
  return { get: (key) => made.get(key) ?? below.get(key), set: (key, value) => void made.set(key, value), made: () => made }
}

export const memoryCache = (): AnswerCache => {
  const kept = new Map<string, string>()
  return { get: (key) => kept.get(key), set: (key, value) => void kept.set(key, value) }
}

/** Asks what the cache does not know, each script once. `about` tells the options of the solver. */
export const cachedAsk =
  (ask: AskScripts, cache: Known & Pick<AnswerCache, 'set'>, about: string): AskScripts =>
  async (scripts) => {
    const keys = scripts.map((script) => createHash('sha256').update(`${VERSION}\n${solver}\n${about}\n${script}`).digest('hex'))
    const known = new Map<string, SolverAnswer>()
    const missing = new Map<string, string>()
    for (const [index, key] of keys.entries()) {
      if (known.has(key) || missing.has(key)) continue
      const answer = readAnswer(await cache.get(key))
      if (answer === undefined) missing.set(key, scripts[index]!)
      else known.set(key, answer)
    }
    const answers = await ask([...missing.values()])
    for (const [index, key] of [...missing.keys()].entries()) {
      const answer = answers[index]!
      known.set(key, answer)
      if (answer.is !== 'unknown') cache.set(key, writtenAnswer(answer))
    }
    return keys.map((key) => known.get(key)!)
  }

const writtenAnswer = (answer: Exclude<SolverAnswer, { is: 'unknown' }>): string =>
  JSON.stringify(
    answer.is === 'unsat'
      ? { is: 'unsat', core: answer.core }
      : { is: 'sat', values: [...answer.values].map(([name, value]) => [name, texts(value)]) },
  )

const texts = (value: Constant): readonly (string | boolean)[] => {
  switch (value.is) {
    case 'bool':
      return ['bool', value.value]
    case 'int':
      return ['int', String(value.value)]
    case 'real':
      return ['real', String(value.numerator), String(value.denominator)]
  }
}

/** The answer that the text tells; nothing where it tells none: a cache is not believed to be whole. */
const readAnswer = (text: string | undefined): SolverAnswer | undefined => {
  if (text === undefined) return undefined
  try {
    const told = JSON.parse(text) as { readonly is?: unknown; readonly core?: unknown; readonly values?: unknown }
    if (told.is === 'unsat' && Array.isArray(told.core)) return { is: 'unsat', core: told.core.map(String) }
    if (told.is !== 'sat' || !Array.isArray(told.values)) return undefined
    return {
      is: 'sat',
      values: new Map((told.values as [string, [string, string | boolean, string?]][]).map(([name, value]) => [name, constantOf(value)])),
    }
  } catch {
    return undefined
  }
}

const constantOf = ([sort, value, denominator]: readonly [string, string | boolean, string?]): Constant => {
  if (sort === 'bool') return { is: 'bool', value: value === true }
  if (sort === 'int') return { is: 'int', value: BigInt(String(value)) }
  return { is: 'real', numerator: BigInt(String(value)), denominator: BigInt(denominator ?? '1') }
}
