/** Why a device does not stay on what it runs today: what rules that out, or what staying would cost; devices of a class that do the same share the answer. */
import { costWords } from './cost-words.ts'
import { movesAlong, type Asked } from './why-not.ts'

/** By row; undefined where nothing is known of today, or nothing changes. */
export function whyMoved(asked: Asked): (row: number) => string | undefined {
  const { context, chosen } = asked
  const { runs, classes, choices } = context.compiled
  const known = new Map<string, string | undefined>()
  const answer = (row: number): string | undefined => {
    const today = runs.same[runs.of[row]!]![0]
    if (today === undefined) return 'runs something that the model does not know'
    const v = choices.variant[today]!
    if (v === -1) return 'runs nothing today'
    const meant = (choice: number): boolean => choices.list[choice]!.id === choices.list[today]!.id
    const barred = asked.why.barred(row, v, meant)
    if (barred.length > 0) return `cannot stay: ${bare(barred[0]!.text)}`
    const stay = movesAlong(asked, row, { is: 'variant', variant: choices.list[today]!.variant!, settings: choices.list[today]!.settings })
    if (stay?.is === 'possible') return stay.cost.length === 0 ? 'staying would be as good' : `staying would cost ${costWords(stay.cost)}`
    const against = asked.why.against(row, v)
    if (against.length > 0) return `no room to stay: ${bare(against[0]!.text)}`
    const [had, has] = [preferenceAt(asked, row, today), preferenceAt(asked, row, chosen[row]!)]
    return has > had ? `preference ${has} instead of ${had}` : undefined
  }
  return (row) => {
    const key = `${classes.classOf[row]} ${runs.of[row]} ${chosen[row]}`
    if (!known.has(key)) known.set(key, answer(row))
    return known.get(key)
  }
}

const bare = (text: string): string => text.replace(/^possible, but /, '')

function preferenceAt({ context }: Asked, row: number, choice: number): number {
  const preference = context.compiled.preferences[choice] ?? 0
  return typeof preference === 'number' ? preference : preference[row]!
}
