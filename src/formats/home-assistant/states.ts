/** States and attributes of entities as expressions, compared as Home Assistant compares texts: the number 5 spells "5". */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, Value, ValueType } from '../../model/automation.ts'
import { number, or, read, same, value } from '../node-red/expressions.ts'
import { attribute, type Home } from './home.ts'

/** Every value of the type that spells the text. */
export function spelled(type: ValueType, text: string): readonly Value[] {
  const numeric = /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text.trim()) ? [Number(text)] : []
  switch (type.is) {
    case 'number':
      return numeric.length > 0 ? numeric : [text]
    case 'bool':
      return /^(true|on)$/i.test(text) ? [true] : /^(false|off)$/i.test(text) ? [false] : [text]
    case 'any':
      return /^(true|false)$/i.test(text) ? [text, text.toLowerCase() === 'true'] : [text, ...numeric]
    case 'enum':
    case 'text':
      return [text]
  }
}

export function isState(home: Home, entity: string, name: string | undefined, text: string, at: Location): AutomationExpression {
  const { id, type } = attribute(home, entity, name, at)
  return or(...spelled(type, text).map((one) => same(read(id), value(one))))
}

export function numberOf(home: Home, entity: string, name: string | undefined, at: Location): AutomationExpression {
  const { id, type } = attribute(home, entity, name, at)
  return type.is === 'number' ? read(id) : number(read(id))
}
