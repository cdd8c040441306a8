/**
 * Reads event-condition-action text, one sentence a line; `#` begins a comment line. Keywords are in capitals.
 *   SENSOR air.co2 400..5000 ppm      what automations read: `bool`, `text`, `number`, a range with or without a unit, or values in braces
 *   ACTUATOR window.position {open, closed}
 *   airing: ON air.co2 > 1000 IF motion.seen DO window.position = "open", fan.on = true
 * An event is an attribute (it changes) or a condition (it becomes true). Conditions and values are written in the requirement language.
 */
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import { checkText } from '../../diagnostics/check-text.ts'
import { structuredText } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { locationAt, type TextLines, textLines } from '../../diagnostics/text-lines.ts'
import type { Automation, AutomationExpression, Step, ThingAttribute, Trigger, UnmodelledPart, ValueType } from '../../model/automation.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import type { ExpressionText } from '../../model/fleet-model.ts'
import type { Reading } from '../../model/reading.ts'
import { type Names, translate } from '../native/expression.ts'

interface Eca {
  readonly reading: Reading
  readonly lines: TextLines
  readonly application: string
  readonly attributes: Map<string, ThingAttribute>
  readonly automations: Automation[]
  readonly unmodelled: UnmodelledPart[]
}

/** A piece of a line and the offset at which it begins in the text. */
interface Piece {
  readonly text: string
  readonly start: number
}

export function readEca(source: Source, application: string): Read<BehaviourPart> {
  const unreadable = checkText(source)
  if (unreadable.length > 0) return { ok: false, diagnostics: unreadable }
  const lines = textLines(source.name, source.text)
  const document = structuredText({ is: 'scalar', value: source.text, text: source.text, start: 0, end: source.text.length }, lines)
  const eca: Eca = {
    reading: { document, diagnostics: [] },
    lines,
    application,
    attributes: new Map(),
    automations: [],
    unmodelled: [],
  }
  const pieces = lines.starts.map((start, index): Piece => {
    const end = lines.starts[index + 1] ?? source.text.length
    return trimmed({ text: source.text.slice(start, end).replace(/^\ufeff/, ' '), start })
  })
  const rules = pieces.filter((line) => line.text !== '' && !line.text.startsWith('#') && !declaration(eca, line))
  for (const line of rules) rule(eca, line)
  if (eca.automations.length === 0 && eca.reading.diagnostics.length === 0)
    say(eca, { text: '', start: 0 }, 'empty', 'no rule stands in the text', 'maybe `airing: ON air.co2 > 1000 DO window.position = "open"`')
  const { diagnostics } = eca.reading
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  const value = {
    application: { id: application, automations: eca.automations, unmodelled: eca.unmodelled, dangling: [] },
    attributes: [...eca.attributes.values()],
    exclusions: [],
    assumptions: [],
  }
  return { ok: true, value, diagnostics }
}

function say(eca: Eca, { text, start }: Piece, code: string, message: string, hint?: string): void {
  const at = locationAt(eca.lines, start, start + text.length)
  const diagnostic: Diagnostic = { code: `eca/${code}`, severity: 'error', message, ...(hint === undefined ? {} : { hint }), at }
  eca.reading.diagnostics.push(diagnostic)
}

/** Whether the line declares something, well or badly. */
function declaration(eca: Eca, line: Piece): boolean {
  const parts = /^(SENSOR|ACTUATOR)\b\s*(\S*)\s*(.*)$/.exec(line.text)
  if (parts === null) return false
  const [, keyword, name = '', written = ''] = parts
  const type = typeOf(written.trim())
  if (!/^[A-Za-z_]\w*\.[A-Za-z_]\w*$/.test(name))
    say(eca, line, 'bad-name', `\`${name}\` is no name of an attribute`, 'maybe `window.position`')
  else if (typeof type === 'string') say(eca, line, 'bad-type', type, 'maybe `bool`, `number`, `text`, `0..100` or `{open, closed}`')
  else if (eca.attributes.has(name)) say(eca, line, 'duplicate', `\`${name}\` is declared twice`)
  else {
    const role = keyword === 'SENSOR' ? 'sensor' : 'actuator'
    const thing = name.slice(0, name.indexOf('.'))
    const at = locationAt(eca.lines, line.start, line.start + line.text.length)
    eca.attributes.set(name, { id: name, thing, type, role, outside: role === 'sensor', delivery: 'state', restored: false, at })
  }
  return true
}

function typeOf(text: string): ValueType | string {
  if (text === 'bool' || text === 'text') return { is: text }
  if (text === 'number') return { is: 'number', integer: false }
  const range = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)(?:\s+(\S+))?$/.exec(text)
  if (range !== null) {
    const [low, high] = [Number(range[1]), Number(range[2])]
    if (low > high) return `the range ${text} holds nothing`
    return { is: 'number', integer: false, low, high, ...(range[3] === undefined ? {} : { unit: range[3] }) }
  }
  const values = /^\{([^{}]*)\}$/
    .exec(text)?.[1]
    ?.split(',')
    .map((value) => value.trim())
  if (values === undefined || values.includes('')) return text === '' ? 'the type is missing' : `\`${text}\` is no type`
  return new Set(values).size < values.length ? 'a value stands twice in the braces' : { is: 'enum', values, other: false }
}

function rule(eca: Eca, line: Piece): void {
  const words = keywords(line)
  const on = words.findIndex(({ text }) => text === 'ON')
  const [first, second, third] = words.slice(Math.max(0, on))
  const guarded = second?.text === 'IF'
  const act = guarded ? third : second
  if (on !== 0 || first === undefined || act?.text !== 'DO' || words.length !== (guarded ? 3 : 2)) {
    say(
      eca,
      line,
      'bad-rule',
      'a rule is `ON event DO action`, or `ON event IF condition DO action`',
      'maybe a keyword is missing or stands twice',
    )
    return
  }
  const between = (from: Piece, to: Piece | undefined): Piece => {
    const start = from.start + from.text.length
    return trimmed({ text: eca.lines.text.slice(start, to?.start ?? line.start + line.text.length), start })
  }
  const head = eca.lines.text.slice(line.start, first.start).trim().replace(/:$/, '').trim()
  const number = eca.automations.length + 1
  const name = head === '' ? `rule ${number}` : head
  const id = `${eca.application}/${name}`
  const at = locationAt(eca.lines, line.start, line.start + line.text.length)
  if (eca.automations.some((other) => other.id === id)) say(eca, line, 'duplicate', `two rules are called \`${name}\``)
  const unmodelled = (why: string): string => {
    const part = `${id}/${eca.unmodelled.length + 1}`
    eca.unmodelled.push({ id: part, automation: id, at, why, writes: [], declared: false })
    return part
  }
  const names: Names = { attributes: eca.attributes, locals: new Set(), unmodelled }
  const trigger = triggerOf(eca, between(first, second), names)
  const guard: AutomationExpression | undefined = guarded ? condition(eca, between(second, act), names) : { is: 'value', value: true }
  const steps = actions(eca, between(act, undefined), names)
  if (trigger === undefined || guard === undefined || steps.length === 0) return
  eca.automations.push({
    id,
    name,
    application: eca.application,
    platform: 'native',
    mode: { run: 'single', max: 1 },
    triggers: [trigger],
    guard,
    entry: [steps[0]!.id],
    steps,
    at,
  })
}

/** Keywords outside quotes, where they stand. */
function keywords({ text, start }: Piece): readonly Piece[] {
  const bare = text.replaceAll(/"[^"]*"|'[^']*'/g, (quoted) => ' '.repeat(quoted.length))
  return [...bare.matchAll(/(?<![\w.])(ON|IF|DO)(?![\w.])/g)].map((found) => ({ text: found[1]!, start: start + found.index }))
}

function triggerOf(eca: Eca, piece: Piece, names: Names): Trigger | undefined {
  const at = locationAt(eca.lines, piece.start, piece.start + piece.text.length)
  if (eca.attributes.has(piece.text)) return { on: 'change', attribute: piece.text, at }
  const becomes = condition(eca, piece, names)
  return becomes && { on: 'becomes', condition: becomes, at }
}

function condition(eca: Eca, piece: Piece, names: Names): AutomationExpression | undefined {
  if (piece.text !== '') return translate(eca.reading, expressionText(eca, piece), names, { is: 'bool' })
  say(eca, { text: ' ', start: piece.start }, 'missing', 'nothing stands behind the keyword')
  return undefined
}

function expressionText(eca: Eca, { text, start }: Piece): ExpressionText {
  return { text, at: locationAt(eca.lines, start, start + text.length) }
}

/** `attribute = value`, parted by commas, one after the other. */
function actions(eca: Eca, piece: Piece, names: Names): readonly Step[] {
  const parts = parted(piece)
  const steps = parts.flatMap((part, index): readonly Step[] => {
    const [, name, gap, written] = /^([\w.]+)(\s*=(?!=)\s*)(.+)$/.exec(part.text) ?? []
    const attribute = name === undefined ? undefined : eca.attributes.get(name)
    if (name === undefined || gap === undefined || written === undefined) {
      say(
        eca,
        part.text === '' ? { text: ' ', start: part.start } : part,
        'bad-action',
        'an action is `attribute = value`',
        'maybe `window.position = "open"`',
      )
      return []
    }
    if (attribute === undefined) {
      say(
        eca,
        { text: name, start: part.start },
        'unknown-attribute',
        `nothing is called \`${name}\``,
        maybe(name, eca.attributes.keys()).hint,
      )
      return []
    }
    if (attribute.role === 'sensor') {
      say(eca, { text: name, start: part.start }, 'sensor', `\`${name}\` is a sensor; rules write actuators only`)
      return []
    }
    const value = translate(
      eca.reading,
      expressionText(eca, { text: written, start: part.start + name.length + gap.length }),
      names,
      attribute.type,
    )
    if (value === undefined) return []
    const at = locationAt(eca.lines, part.start, part.start + part.text.length)
    return [
      {
        id: `step-${index + 1}`,
        at,
        next: index + 1 < parts.length ? [`step-${index + 2}`] : [],
        do: 'set',
        attribute: attribute.id,
        value,
      },
    ]
  })
  return steps.length === parts.length ? steps : []
}

/** At commas outside quotes and brackets. */
function parted({ text, start }: Piece): readonly Piece[] {
  const pieces: Piece[] = []
  let [from, depth, quote] = [0, 0, '']
  for (let at = 0; at <= text.length; at++) {
    const character = text[at] ?? ','
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if ('([{'.includes(character)) depth += 1
    else if (')]}'.includes(character)) depth -= 1
    if (at < text.length && (quote !== '' || depth > 0 || character !== ',')) continue
    pieces.push(trimmed({ text: text.slice(from, at), start: start + from }))
    from = at + 1
  }
  return pieces
}

function trimmed({ text, start }: Piece): Piece {
  const lead = text.length - text.trimStart().length
  return { text: text.trim(), start: start + lead }
}
