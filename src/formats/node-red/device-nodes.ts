/** Nodes that command devices by other ways than MQTT and Home Assistant: requests to an address, registers of Modbus. */
import type { AutomationExpression } from '../../model/automation.ts'
import { type Draft, everyOutput, output, readMessage, sequence, stepsOrPass, unmodelled } from './draft.ts'
import { textOf } from './flow-nodes.ts'
import { readRequest } from './message-nodes.ts'
import { substituted } from './scope.ts'

/** A face of a device that only this way reaches: what was written last is what it was told. */
function faceOf({ context, node }: Draft, id: string): string {
  if (!context.attributes.has(id))
    context.attributes.set(id, {
      ...{ id, thing: id, type: { is: 'any' }, role: 'actuator', outside: true, delivery: 'message', restored: false },
      at: node.node.at,
    })
  return id
}

/** A request that changes something commands its address, where that is constant; its answer may be anything. */
export function readHttpRequest(draft: Draft): void {
  const { raw } = draft.node.node
  const method = (textOf(raw['method']) || 'GET').toUpperCase()
  const url = substituted(draft.node.scope, textOf(raw['url']))
  if (method !== 'GET' && method !== 'USE' && url !== undefined && url !== '' && !url.includes('{{')) {
    const attribute = faceOf(draft, `http:${method} ${url}`)
    sequence(draft, [{ do: 'set', attribute, value: readMessage(draft, 'payload') }], answered(draft))
    return
  }
  draft.context.assumptions.add(`the requests of \`${draft.node.id}\` command nothing that others command`)
  readRequest(draft, 'the answer to a request')
}

function answered(draft: Draft): readonly string[] {
  if (everyOutput(draft).length === 0) return []
  const before = draft.steps.length
  readRequest(draft, 'the answer to a request')
  return [draft.steps[before]!.id]
}

/** Writes a register or coil: the node names the unit and the address. */
export function readModbus(draft: Draft): void {
  const { raw } = draft.node.node
  const place = [textOf(raw['server']), textOf(raw['unitid']) || '1', textOf(raw['dataType']), textOf(raw['adr'])]
  writeRegister(draft, place.join('/'), readMessage(draft, 'payload'))
}

/** The message names the register. */
export function readModbusFlex(draft: Draft): void {
  const face = faceOf(draft, `modbus:${textOf(draft.node.node.raw['server'])}/any`)
  unmodelled(draft, 'writes a register that the message chooses', [face])
}

function writeRegister(draft: Draft, place: string, written: AutomationExpression): void {
  stepsOrPass(draft, [{ do: 'set', attribute: faceOf(draft, `modbus:${place}`), value: written }], output(draft, 0))
}
