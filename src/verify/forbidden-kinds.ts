/** Which options are forbidden by something that reads devices, as a table by kind of row. */
import type { TypedExpression } from '../expression/typed.ts'
import type { Fleet } from '../model/fleet.ts'
import { classesOf } from './bound/classes.ts'
import type { Forbidden } from './demand.ts'
import { mergedKinds, rowKinds } from './row-kinds.ts'
import type { World } from './world.ts'

/**
 * `forbids` gives, by row of the fleet that it is handed, what is not 0 where the option is forbidden; one entry stands for all rows, none for never. It reads
 * devices only by the expressions.
 */
export function forbiddenKinds(
  world: World,
  expressions: readonly TypedExpression[],
  forbids: (option: number, fleet: Fleet) => Uint8Array | undefined,
): Pick<Forbidden, 'kindOf' | 'forbidden'> {
  const read = rowKinds(world.fleet, expressions)
  const width = world.options.length
  const words = Array.from({ length: Math.ceil(width / 32) }, () => new Int32Array(read.fleet.size))
  for (let option = 0; option < width; option++) {
    const by = forbids(option, read.fleet)
    if (by === undefined) continue
    const word = words[option >>> 5]!
    const bit = 1 << (option & 31)
    const step = by.length === 1 ? 0 : 1
    for (let row = 0; row < word.length; row++) if (by[row * step] !== 0) word[row]! |= bit
  }
  const { representative, classOf } = classesOf(read.fleet.size, words)
  const forbidden = new Uint8Array(representative.length * width)
  for (const [kind, row] of representative.entries())
    for (let option = 0; option < width; option++) forbidden[kind * width + option] = (words[option >>> 5]![row]! >>> (option & 31)) & 1
  return { kindOf: mergedKinds(read, classOf), forbidden }
}
