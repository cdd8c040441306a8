/** Reads `do:`, the steps of an automation, into a graph: each step is told what comes after it. */
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { Step } from '../../model/automation.ts'
import { wordProblem } from '../../model/names.ts'
import { isMapping, say } from '../../model/reading.ts'
import { onlyKeys } from './read-things.ts'
import { attributeNamed, condition, duration, expression, textAt, unmodelledPart, valueFor } from './writing.ts'
import type { Writing } from './writing.ts'

const kinds = {
  set: [],
  let: [],
  delay: [],
  wait: ['timeout', 'otherwise'],
  choose: ['otherwise'],
  every: ['otherwise'],
  parallel: [],
  emit: [],
  call: [],
  unmodelled: ['writes'],
  stop: [],
} as const
type Kind = keyof typeof kinds
const kindNames = Object.keys(kinds) as Kind[]

/** Writes the steps of a list into `w.steps` and returns where it begins. `next`: where it goes on; nothing: it ends. */
export function readSteps(w: Writing, written: unknown, path: DocumentPath, next: readonly string[]): readonly string[] {
  if (!Array.isArray(written)) {
    say(w.reading, path, 'wrong-type', `\`${String(path.at(-1))}\` must be a list of steps, not ${describeValue(written)}`)
    return next
  }
  let entry = next
  // From the last to the first, as each needs to know the one after it.
  for (let at = written.length - 1; at >= 0; at--) entry = readStep(w, written[at], [...path, at], entry)
  return entry
}

/** Names that `let` gives anywhere in the automation. */
export function localsIn(written: unknown): ReadonlySet<string> {
  const found = new Set(['trigger'])
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk)
    else if (isMapping(value)) {
      if (isMapping(value['let'])) for (const name of Object.keys(value['let'])) found.add(name)
      Object.values(value).forEach(walk)
    }
  }
  walk(written)
  return found
}

function readStep(w: Writing, written: unknown, path: DocumentPath, next: readonly string[]): readonly string[] {
  const kind = isMapping(written) ? kindNames.find((one) => one in written) : undefined
  if (!isMapping(written) || kind === undefined) {
    const first = isMapping(written) ? Object.keys(written)[0] : undefined
    say(
      w.reading,
      path,
      'no-step',
      `a step is a mapping with one of ${kindNames.map((one) => `\`${one}\``).join(', ')}, not ${describeValue(written)}`,
      first === undefined ? {} : maybe(first, kindNames),
    )
    return next
  }
  onlyKeys(w.reading, written, [kind, ...kinds[kind]], path)
  const value = written[kind]
  const here = [...path, kind]
  const frame = { id: path.slice(w.path.length).join('.'), at: w.reading.document.locate(path), next }
  const add = (step: Step): readonly string[] => (w.steps.push(step), [step.id])
  switch (kind) {
    case 'set':
    case 'let':
      return assignments(w, kind, value, here, frame)
    case 'delay':
      return add({ ...frame, do: 'delay', milliseconds: duration(w, value, here) })
    case 'wait':
      return add({ ...frame, do: 'wait', until: condition(w, value, here), ...timeout(w, written, path, next) })
    case 'choose':
    case 'every': {
      if (kind === 'every') endsHere(w, path, next, '`every` may go several ways at once')
      const otherwise = written['otherwise'] === undefined ? next : readSteps(w, written['otherwise'], [...path, 'otherwise'], next)
      return add({ ...frame, do: 'branch', every: kind === 'every', cases: cases(w, value, here, next), next: otherwise })
    }
    case 'parallel':
      endsHere(w, path, next, '`parallel` goes several ways at once')
      return parallel(w, value, here)
    case 'emit':
      return add({ ...frame, do: 'emit', event: textAt(w, value, here) })
    case 'call':
      return call(w, value, here, next, frame)
    case 'unmodelled': {
      const writes = attributesOf(w, written['writes'], [...path, 'writes'])
      return add({ ...frame, do: 'unmodelled', part: unmodelledPart(w, textAt(w, value, here), writes, path), writes })
    }
    case 'stop':
      if (value !== true) say(w.reading, here, 'wrong-value', `\`stop\` can be \`true\`, not ${describeValue(value)}`)
      return []
  }
}

interface Frame {
  readonly id: string
  readonly at: Step['at']
  readonly next: readonly string[]
}

/** `{set: {a: 1, b: 2}}`: one step for each entry, in their order. */
function assignments(w: Writing, kind: 'set' | 'let', value: unknown, path: DocumentPath, frame: Frame): readonly string[] {
  if (!isMapping(value) || Object.keys(value).length === 0) {
    say(w.reading, path, 'wrong-type', `\`${kind}\` must be a mapping of names to values, not ${describeValue(value)}`)
    return frame.next
  }
  const names = Object.keys(value)
  let { next } = frame
  for (const name of [...names].reverse()) {
    const here = [...path, name]
    const id = names.length === 1 ? frame.id : `${frame.id}.${name}`
    const at = names.length === 1 ? frame.at : w.reading.document.locateKey(here)
    if (kind === 'set') {
      const attribute = attributeNamed(w, name, here, true)
      if (attribute === undefined) continue
      if (attribute.role === 'sensor')
        say(w.reading, here, 'sets-sensor', `\`${name}\` is a sensor, nothing sets it`, {
          key: true,
          hint: 'maybe declare it with `actuator: true`',
        })
      w.steps.push({ id, at, next, do: 'set', attribute: attribute.id, value: valueFor(w, value[name], attribute.type, here) })
    } else {
      const problem = name === 'trigger' ? undefined : w.attributes.has(name) ? 'is the name of a helper' : wordProblem(name)
      if (problem !== undefined) say(w.reading, here, 'bad-name', `the local \`${name}\` ${problem}`, { key: true })
      w.steps.push({ id, at, next, do: 'let', local: name, value: expression(w, value[name], here) ?? { is: 'value', value: null } })
    }
    next = [id]
  }
  return next
}

function timeout(
  w: Writing,
  written: Readonly<Record<string, unknown>>,
  path: DocumentPath,
  next: readonly string[],
): { timeout?: Extract<Step, { do: 'wait' }>['timeout'] & object } {
  const { timeout: limit, otherwise } = written
  if (limit === undefined) {
    if (otherwise !== undefined)
      say(w.reading, [...path, 'otherwise'], 'no-timeout', '`otherwise` is what follows a `timeout`, which is missing', { key: true })
    return {}
  }
  const after = otherwise === undefined ? next : readSteps(w, otherwise, [...path, 'otherwise'], next)
  return { timeout: { milliseconds: duration(w, limit, [...path, 'timeout']), next: after } }
}

function cases(w: Writing, value: unknown, path: DocumentPath, next: readonly string[]): Extract<Step, { do: 'branch' }>['cases'] {
  if (!Array.isArray(value)) {
    say(
      w.reading,
      path,
      'wrong-type',
      `\`${String(path.at(-1))}\` must be a list of cases with \`if\` and \`do\`, not ${describeValue(value)}`,
    )
    return []
  }
  return value.flatMap((one: unknown, at) => {
    const here = [...path, at]
    if (!isMapping(one)) {
      say(w.reading, here, 'wrong-type', `a case is a mapping with \`if\` and \`do\`, not ${describeValue(one)}`)
      return []
    }
    onlyKeys(w.reading, one, ['if', 'do'], here)
    return [{ when: condition(w, one['if'], [...here, 'if']), next: readSteps(w, one['do'], [...here, 'do'], next) }]
  })
}

function parallel(w: Writing, value: unknown, path: DocumentPath): readonly string[] {
  if (!Array.isArray(value)) {
    say(w.reading, path, 'wrong-type', `\`parallel\` must be a list of lists of steps, not ${describeValue(value)}`)
    return []
  }
  return value.flatMap((branch: unknown, at) => readSteps(w, branch, [...path, at], []))
}

/** Branches never come together again: what followed would run once for each. */
function endsHere(w: Writing, path: DocumentPath, next: readonly string[], why: string): void {
  if (next.length > 0)
    say(w.reading, path, 'step-after-branches', `${why}, so nothing can follow it`, {
      hint: 'maybe put what follows into each branch, or use `choose`',
    })
}

function call(w: Writing, value: unknown, path: DocumentPath, next: readonly string[], frame: Frame): readonly string[] {
  const name = textAt(w, value, path)
  const called = w.automations.get(name)
  if (called === undefined) {
    if (name !== '') say(w.reading, path, 'unknown-automation', `no automation is called \`${name}\``, maybe(name, w.automations.keys()))
    return next
  }
  w.calls.push({ automation: called, path })
  w.steps.push({ ...frame, do: 'call', automation: called })
  return [frame.id]
}

function attributesOf(w: Writing, written: unknown, path: DocumentPath): readonly string[] {
  if (!Array.isArray(written)) {
    say(
      w.reading,
      path,
      written === undefined ? 'missing-key' : 'wrong-type',
      `\`writes\` must list the attributes that an unmodelled step may write, not ${describeValue(written)}`,
    )
    return []
  }
  return written.flatMap((name: unknown, at) => attributeNamed(w, name, [...path, at])?.id ?? [])
}
