/** Reads a file of waves against the model whose devices it selects: `fleetproof-waves: 1`. Everything wrong is said at once, each with its place. */
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath } from '../diagnostics/document.ts'
import { pathText } from '../diagnostics/shape.ts'
import { readYaml } from '../diagnostics/yaml.ts'
import { checkExpression, type Yields } from '../expression/check.ts'
import { fleetScope, groupScope, type Scope } from '../expression/scope.ts'
import type { ExpressionText, FleetModel } from '../model/fleet-model.ts'
import { expressionAt, isMapping, type Reading, say, shaped } from '../model/reading.ts'
import type { DisruptionBudget, ScopeCapacity, WavePolicy, WaveSettings } from '../model/wave-policy.ts'
import { policyShape, type WrittenSettings } from './policy-shape.ts'

const FORMAT = 1
const MINUTE = 60_000
const whole = { text: '100%', numerator: 1, denominator: 1 }

/** Everything in one wave, all must succeed: what a plan without a file of waves does. */
export const plainPolicy: WavePolicy = {
  source: 'no file of waves',
  order: 'safe',
  waves: [],
  rest: { count: 1, name: 'all', settings: settingsOf({}, {}), at: { source: 'no file of waves' } },
  budgets: [],
  capacities: [],
  dependencies: [],
  switching: 'replace',
  deviceTime: MINUTE,
}

type Model = Pick<FleetModel, 'vocabulary' | 'joins'>

export function readWavePolicy(source: Source, model: Model): Read<WavePolicy> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const policy = isKnownFormat(reading) ? readParts(reading, source.name, model) : undefined
  const { diagnostics } = reading
  if (policy === undefined || diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: policy, diagnostics }
}

function isKnownFormat(reading: Reading): boolean {
  const { value } = reading.document
  const begin = { hint: `maybe begin with \`fleetproof-waves: ${FORMAT}\`` }
  if (!isMapping(value)) {
    say(reading, [], 'no-waves', `a file of waves is a mapping of \`waves\`, \`rest\` and more, not ${describeValue(value)}`, begin)
    return false
  }
  const format = value['fleetproof-waves']
  if (format === FORMAT) return true
  if (format === undefined) say(reading, [], 'no-format', '`fleetproof-waves`, the version of the format, is missing', begin)
  else if (typeof format === 'number' && Number.isInteger(format) && format > FORMAT)
    say(reading, ['fleetproof-waves'], 'newer-format', `the waves are written in format ${format}, this program reads format ${FORMAT}`, {
      hint: 'maybe update fleetproof',
    })
  else
    say(
      reading,
      ['fleetproof-waves'],
      'bad-format',
      `\`fleetproof-waves\` must be ${FORMAT}, the version of the format, not ${describeValue(format)}`,
    )
  return false
}

function readParts(reading: Reading, source: string, model: Model): WavePolicy | undefined {
  const shape = shaped(reading, policyShape, reading.document.value, [])
  if (shape === undefined) return undefined
  const devices = fleetScope(model)
  const typed = (path: DocumentPath, value: unknown, yields: Yields, scope: Scope = devices): ExpressionText | undefined => {
    const text = expressionAt(reading, value, path)
    if (text === undefined) return undefined
    const read = checkExpression(text, scope, yields)
    if (!read.ok) reading.diagnostics.push(...read.diagnostics)
    return text
  }
  const waves = (shape.waves ?? []).map((written, index) => {
    const path = ['waves', index]
    const before = (shape.waves ?? []).findIndex(({ name }) => name === written.name)
    if (before < index) say(reading, [...path, 'name'], 'duplicate-name', `\`waves[${before}]\` is called "${written.name}" too`)
    const select = written.select === undefined ? undefined : typed([...path, 'select'], written.select, 'bool')
    return {
      name: written.name,
      ...(select === undefined ? {} : { select }),
      ...(written.limit === undefined ? {} : { limit: written.limit }),
      settings: settingsOf(written, shape),
      at: reading.document.locate(path),
    }
  })
  const rest = shape.rest ?? {}
  const name = rest.name ?? (waves.length === 0 ? 'all' : 'rest')
  if (waves.some((wave) => wave.name === name))
    say(
      reading,
      shape.rest?.name === undefined ? ['waves'] : ['rest', 'name'],
      'duplicate-name',
      `the rest is called "${name}" as one of the waves is`,
    )
  const budgets = (shape.budgets ?? []).flatMap((written, index): readonly DisruptionBudget[] => {
    const path = ['budgets', index]
    const over = typed([...path, 'over'], written.over, 'key')
    const [most, least] = [written.max_unavailable, written.min_available]
    if ((most === undefined) === (least === undefined)) {
      say(reading, path, 'one-limit', `\`${pathText(path)}\` needs one of \`max_unavailable\` and \`min_available\``)
      return []
    }
    const limit = most === undefined ? { is: 'available' as const, of: least! } : { is: 'unavailable' as const, of: most }
    return over === undefined ? [] : [{ name: written.name ?? over.text, over, limit, at: reading.document.locate(path) }]
  })
  const capacities = (shape.capacity ?? []).flatMap((written, index): readonly ScopeCapacity[] => {
    const path = ['capacity', index]
    const over = typed([...path, 'over'], written.over, 'key')
    const plain = typeof written.limit === 'number' && Number.isSafeInteger(written.limit) && written.limit >= 0
    const limit = plain ? (written.limit as number) : typed([...path, 'limit'], written.limit, 'number', groupScope(model))
    const amount = written.amount === undefined ? undefined : typed([...path, 'amount'], written.amount, 'number')
    if (over === undefined || limit === undefined) return []
    return [
      { name: written.name ?? over.text, over, limit, ...(amount === undefined ? {} : { amount }), at: reading.document.locate(path) },
    ]
  })
  const dependencies = (shape.before ?? []).flatMap((written, index) => {
    const path = ['before', index]
    const device = typed([...path, 'device'], written.device, 'key')
    return device === undefined ? [] : [{ device, goes: written.goes ?? ('first' as const), at: reading.document.locate(path) }]
  })
  const layers = shape.layers === undefined ? undefined : readLayers(reading, shape.layers, typed)
  return {
    source,
    order: shape.order ?? 'safe',
    waves,
    rest: { count: rest.waves ?? 1, name, settings: settingsOf(rest, shape), at: reading.document.locate(['rest']) },
    budgets,
    capacities,
    dependencies,
    ...(layers === undefined ? {} : { layers }),
    switching: shape.switching ?? 'replace',
    deviceTime: shape.device_time ?? MINUTE,
  }
}

function readLayers(
  reading: Reading,
  written: { readonly by?: unknown; readonly order: readonly string[]; readonly over?: unknown },
  typed: (path: DocumentPath, value: unknown, yields: Yields) => ExpressionText | undefined,
): WavePolicy['layers'] {
  const by = typed(['layers', 'by'], written.by, 'key')
  const over = written.over === undefined ? undefined : typed(['layers', 'over'], written.over, 'key')
  written.order.forEach((name, index) => {
    if (written.order.indexOf(name) < index) say(reading, ['layers', 'order', index], 'duplicate-name', `layer "${name}" stands twice`)
  })
  return by === undefined
    ? undefined
    : { by, order: written.order, ...(over === undefined ? {} : { over }), at: reading.document.locate(['layers']) }
}

/** What the wave says, else what the file says for all, else: all must succeed, no soak, 15 minutes for a device. */
function settingsOf(own: WrittenSettings, all: WrittenSettings): WaveSettings {
  const gate = own.gate ?? all.gate
  const progress = own.progress ?? all.progress
  const rate = own.rate ?? all.rate
  return {
    gate: gate === undefined ? { success: whole, sample: 0 } : { success: { ...gate.success }, sample: gate.sample ?? 0 },
    abort: (own.abort ?? all.abort ?? []).map(({ classes, share, sample, then }) => ({
      classes: classes ?? ['retryable', 'rejected', 'timed-out'],
      share: { ...share },
      sample: sample ?? 0,
      then: then ?? 'abort',
    })),
    soak: own.soak ?? all.soak ?? 0,
    ...(progress === undefined ? {} : { progressDeadline: progress }),
    deviceTimeout: own.timeout ?? all.timeout ?? 15 * MINUTE,
    ...(rate === undefined ? {} : { rate }),
    windows: own.windows ?? all.windows ?? [],
    manual: own.manual ?? all.manual ?? false,
  }
}
