/**
 * A plan of DivEnact as a variant. Its rules speak of levels that follow from the plan and from two settings of the device; here they are worked out for each
 * combination of the settings, so that a requirement says no more than it must: `device.network != "3g"`, not an equation over levels.
 */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { ExpressionText, Variant } from '../../model/fleet-model.ts'
import type { DivenactPlan } from './document-shape.ts'

/** `intledge`: intelligence at the edge; `acclr`: uses the accelerator. */
export interface Mode {
  readonly acclr: boolean
  readonly intledge: boolean
}

/** The level that a device needs in communication, with the plan in this mode. */
export function communicationLevel(plan: DivenactPlan, mode: Mode): number {
  return plan.intlmodule === 'flexible' && mode.intledge ? plan.comm_lvl - 1 : plan.comm_lvl
}

export function computationLevel(plan: DivenactPlan, mode: Mode): number {
  if (plan.intlmodule === 'flexible' && !mode.intledge) return plan.compu_lvl - 1
  return mode.acclr ? plan.compu_lvl - 1 : plan.compu_lvl
}

/** The combinations of settings that the plan alone allows: the accelerator is used at the edge only, and only the one that the plan wants. */
export function modesOf(plan: DivenactPlan): readonly Mode[] {
  const edge = [true, false].filter((intledge) => plan.intlmodule === 'flexible' || intledge === (plan.intlmodule === 'edge'))
  return edge.flatMap((intledge) =>
    [false, true].filter((acclr) => !acclr || (intledge && plan.dp_acc !== 'acc_none')).map((acclr) => ({ acclr, intledge })),
  )
}

interface Demand {
  /** The modes in which the demand is met by the settings alone. */
  readonly free: (mode: Mode) => boolean
  /** What the device must be in all other modes. */
  readonly needs: string
  /** Its negation: then the mode must be a free one. */
  readonly lacks: string
}

export function planVariant(id: string, plan: DivenactPlan, at: Location): Variant {
  const modes = modesOf(plan)
  const text = (written: string): ExpressionText => ({ text: written, at })
  const demands: readonly Demand[] = [
    { free: (mode) => communicationLevel(plan, mode) < 2, needs: 'device.network != "3g"', lacks: 'device.network == "3g"' },
    { free: (mode) => communicationLevel(plan, mode) !== 3, needs: 'device.network == "wifi"', lacks: 'device.network != "wifi"' },
    { free: (mode) => computationLevel(plan, mode) !== 3, needs: 'device.powersource == "fixed"', lacks: 'device.powersource != "fixed"' },
    {
      free: (mode) => communicationLevel(plan, mode) === 1 && computationLevel(plan, mode) === 1,
      needs: 'device.powersource != "battery"',
      lacks: 'device.powersource == "battery"',
    },
  ]
  const always = [
    ...(plan.vsn === 'development' ? ['device.env == "staging"'] : []),
    ...withoutImplied(demands.filter(({ free }) => !modes.some(free)).map(({ needs }) => needs)),
  ]
  const sometimes = demands.filter(({ free }) => modes.some(free) && !modes.every(free))
  const rules: readonly (readonly [string, string])[] = [
    ...(plan.intlmodule === 'flexible' ? [] : [['true', plan.intlmodule === 'edge' ? 'settings.intledge' : '!settings.intledge'] as const]),
    [
      'settings.acclr',
      plan.dp_acc === 'acc_none' || plan.intlmodule === 'cloud' ? 'false' : `settings.intledge && device.dv_acc == "${plan.dp_acc}"`,
    ],
    ...sometimes.map(({ free, lacks }) => [lacks, modesText(modes, free)] as const),
  ]
  return {
    id,
    ...(always.length === 0 ? {} : { requires: text(always.join(' && ')) }),
    uses: {},
    settings: [
      { name: 'acclr', type: { is: 'bool' }, at },
      { name: 'intledge', type: { is: 'bool' }, at },
    ],
    rules: rules.map(([condition, then]) => ({ if: text(condition), then: text(then) })),
    at,
  }
}

/** Wifi is not 3g, and a fixed source no battery. */
function withoutImplied(needs: readonly string[]): readonly string[] {
  const implied = [
    ['device.network != "3g"', 'device.network == "wifi"'],
    ['device.powersource != "battery"', 'device.powersource == "fixed"'],
  ] as const
  return needs.filter((need) => !implied.some(([weak, strong]) => weak === need && needs.includes(strong)))
}

const MODE_TEXTS: readonly (readonly [string, (mode: Mode) => boolean])[] = [
  ['settings.intledge', ({ intledge }) => intledge],
  ['!settings.intledge', ({ intledge }) => !intledge],
  ['settings.acclr', ({ acclr }) => acclr],
  ['!settings.acclr', ({ acclr }) => !acclr],
  ['settings.intledge && !settings.acclr', ({ acclr, intledge }) => intledge && !acclr],
  ['!settings.intledge || settings.acclr', ({ acclr, intledge }) => !intledge || acclr],
]

/** The settings of the wanted modes among those that are possible. INVARIANT: there are at most three modes, and every part of them has one of the texts. */
function modesText(modes: readonly Mode[], wanted: (mode: Mode) => boolean): string {
  return MODE_TEXTS.find(([, holds]) => modes.every((mode) => holds(mode) === wanted(mode)))![0]
}
