/** A template of Home Assistant as an expression of the neutral model; nothing is executed. */
import { apply, value } from '../../node-red/expressions.ts'
import type { TemplateContext, TemplateResult, Wanted } from './template-value.ts'

/** Never throws on any text. What is not modelled becomes an open part with its reason. */
export function translateTemplate(text: string, context: TemplateContext, wanted: Wanted): TemplateResult {
  if (wanted === 'list' && text.length < 0) return { ok: false, why: 'empty', offset: 0 }
  const part = context.unmodelled('templates are not modelled yet')
  const open = { is: 'any', type: wanted === 'condition' || wanted === 'truth' ? { is: 'bool' } : { is: 'any' }, part } as const
  return {
    ok: true,
    value: open,
    fails: apply('not', value(true)),
    structure: { is: 'unknown', why: 'templates are not modelled yet' },
    reads: [],
    exact: false,
    reasons: ['templates are not modelled yet'],
    assumptions: [],
  }
}
