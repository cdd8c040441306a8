/** Risk: in a group no device brings more than `max`, and all together not more than `sum`. Without a variant there is no risk; an unknown one is above any limit. */
import { amountKinds, columnOf, type AmountColumn, type AmountSource } from '../amounts.ts'
import { choiceExpression, numbersForOption, seenOf } from '../choice-expressions.ts'
import type { Amounts } from '../demand.ts'
import { integerOf, parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const risk: PlacementChecker = {
  kind: 'placement/risk',
  demand(use, world): Amounts {
    const written = parametersOf(use, ['per', 'over', 'of', 'max', 'sum'])
    const value = written['per']
    const per = typeof value === 'number' ? String(value) : (textOf(use, written, 'per') ?? refuse(use, '`per` is not written'))
    const largest = integerOf(use, written, 'max')
    const sum = integerOf(use, written, 'sum')
    if (largest === undefined && sum === undefined) return refuse(use, 'neither `max` nor `sum` is written')
    const selection = selectionOf(use, world, textOf(use, written, 'of'), textOf(use, written, 'over'))
    const expression = choiceExpression(world.model, { text: per, at: use.at }, 'number', ['device'])
    if (expression.typed.type.is !== 'int') return refuse(use, '`per` is no integer')
    return {
      is: 'amounts',
      ...selection,
      ...amountKinds(world, selection, risksOf(world, expression)),
      upper: new Float64Array(selection.groups.length).fill(sum ?? Infinity),
      ...(largest === undefined ? {} : { largest }),
    }
  },
}

function risksOf(world: World, expression: ReturnType<typeof choiceExpression>): AmountSource {
  return {
    expressions: [expression.typed],
    columns(fleet) {
      const known = new Map<string, AmountColumn>()
      return world.options.map((option) => {
        if (option.variant < 0) return 0
        const key = seenOf(world.model, expression, option)
        const column = known.get(key) ?? columnOf(numbersForOption(world.model, fleet, expression, option), expression.sameForAll)
        known.set(key, column)
        return column
      })
    },
  }
}
