/** Which options are forbidden by something that reads devices, as a table by kind of row. */
import { classesOf } from './bound/classes.ts'
import type { World } from './world.ts'

/** `forbids` gives, by row, what is not 0 where the option is forbidden; one entry stands for all rows, none: never. */
export function forbiddenKinds(
  world: World,
  forbids: (option: number) => Uint8Array | undefined,
): { readonly kindOf: Int32Array; readonly forbidden: Uint8Array } {
  const width = world.options.length
  const words: (Int32Array | undefined)[] = []
  const always: number[] = []
  for (let option = 0; option < width; option++) {
    const by = forbids(option)
    if (by === undefined) continue
    if (by.length === 1) {
      if (by[0] !== 0) always.push(option)
      continue
    }
    const word = (words[option >>> 5] ??= new Int32Array(world.size))
    const bit = 1 << (option & 31)
    for (let row = 0; row < by.length; row++) if (by[row] !== 0) word[row]! |= bit
  }
  const telling = words.filter((word) => word !== undefined)
  const { representative, classOf } =
    telling.length === 0 ? { representative: new Int32Array(1), classOf: new Int32Array(world.size) } : classesOf(world.size, telling)
  const forbidden = new Uint8Array(representative.length * width)
  for (const [kind, row] of representative.entries()) {
    for (const option of always) forbidden[kind * width + option] = 1
    for (const [at, word] of words.entries())
      if (word !== undefined)
        for (let option = at * 32; option < Math.min(width, at * 32 + 32); option++)
          if (((word[row]! >>> (option & 31)) & 1) === 1) forbidden[kind * width + option] = 1
  }
  return { kindOf: classOf, forbidden }
}
