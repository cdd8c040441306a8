/** The links that a use follows, with every expression checked. */
import type { Linked } from '../../constraints/kind.ts'
import type { DocumentPath } from '../diagnostics/document.ts'
import { maybe } from '../diagnostics/suggest.ts'
import { fleetScope, judgedScope, linkColumnScope, linkScope } from '../expression/scope.ts'
import type { TypedExpression } from '../expression/typed.ts'
import { typeName } from '../expression/types.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import { checked, type Checking } from './checking.ts'

export interface CheckedLink {
  readonly linked: Linked
  /** The linked device; absent where a list of links is followed, of which those count where `where` holds. */
  readonly device?: TypedExpression
  readonly where?: TypedExpression
  readonly of?: TypedExpression
  readonly asks?: TypedExpression
  readonly holds: TypedExpression
}

/** Nothing after saying what is wrong. `textAt`: a piece of the use's parameters with its place. */
export function checkLink(
  checking: Checking,
  linked: Linked,
  textAt: (text: string, at: DocumentPath) => ExpressionText,
): CheckedLink | undefined {
  const { model, diagnostics } = checking
  const before = diagnostics.length
  const fleet = fleetScope(model)
  const parts: { device?: TypedExpression; where?: TypedExpression; of?: TypedExpression; asks?: TypedExpression } = {}
  const put = (name: keyof typeof parts, typed: TypedExpression | undefined): void => {
    if (typed !== undefined) parts[name] = typed
  }
  let columns = {}
  const { to } = linked
  if ('device' in to) {
    const device = checked(checking, textAt(to.device, ['device']), fleet, 'key')
    put('device', device)
    if (device !== undefined && device.type.is !== 'device') {
      const message = `\`${to.device}\` is no link to a device, it is ${typeName(device.type)}`
      diagnostics.push({ code: 'model/wrong-type', severity: 'error', message, hint: 'maybe `{device: true}` as its type', at: device.at })
    }
  } else {
    const table = model.links?.find(({ name }) => name === to.table)
    columns = table?.columns ?? {}
    if (table === undefined) {
      const message = `no list of links is called \`${to.table}\``
      const known = (model.links ?? []).map(({ name }) => name)
      diagnostics.push({ code: 'model/unknown-links', severity: 'error', message, ...maybe(to.table, known), at: textAt('', ['links']).at })
    }
    if (to.where !== undefined) put('where', checked(checking, textAt(to.where, ['where']), linkColumnScope(columns), 'bool'))
  }
  if (linked.of !== undefined) put('of', checked(checking, textAt(linked.of, ['of']), fleet, 'bool'))
  if (linked.asks !== undefined) put('asks', checked(checking, textAt(linked.asks, ['if']), judgedScope(model), 'bool'))
  const holds = checked(checking, textAt(linked.holds, ['then']), linkScope(model, columns), 'bool')
  return holds === undefined || diagnostics.length > before ? undefined : { linked, holds, ...parts }
}
