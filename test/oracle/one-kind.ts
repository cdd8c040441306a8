/** Seeded random models in which one kind stands under one policy, beside hard uses of kinds that make models impossible now and then. */
import { parse, stringify } from 'yaml'
import type { ALL_KINDS, POLICIES } from './random-model.ts'
import { randomFrom, randomModel, type Entry } from './random-model.ts'

type Kind = (typeof ALL_KINDS)[number]
type Policy = (typeof POLICIES)[number]

const BESIDE: readonly Kind[] = ['quota', 'quota', 'pin', 'each_used', 'forbid', 'together', 'requires_on']

/** The uses of `kind` under `policy`, all others hard. */
export function oneKind(seed: number, kind: Kind, policy: Policy): string {
  const model = parse(randomModel(seed, { kinds: [...BESIDE, ...BESIDE.map(() => kind)], policies: ['hard'] })) as Entry
  const random = randomFrom(seed + 5_000_000)
  const constraints = (model['constraints'] as readonly Entry[]).map((use): Entry => {
    const weight = 1 + Math.floor(random() * 8)
    return use[kind] === undefined ? use : { [kind]: use[kind], ...policyOf(policy, weight) }
  })
  return stringify({ ...model, constraints })
}

function policyOf(policy: Policy, weight: number): Entry {
  switch (policy) {
    case 'hard':
      return {}
    case 'unit':
    case 'whole':
      return { soft: { weight, per: policy } }
    case 'do_not_worsen':
      return { do_not_worsen: true }
  }
}
