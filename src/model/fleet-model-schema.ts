/** The shapes of the model's parts as users write them; what shapes cannot say is checked by the reader next to each. */
import { z } from 'zod'

const whole = z.int()
const anything = z.unknown().optional()
const mapping = z.record(z.string(), z.unknown())

export const modelShape = z.strictObject({
  fleetproof: anything,
  context: mapping.optional(),
  links: mapping.optional(),
  devices: anything,
  current: anything,
  leave: anything,
  unmanaged: z.strictObject({ uses: mapping.optional() }).optional(),
  variants: mapping,
  constraints: z.array(z.unknown()).nullable().optional(),
  advisories: anything,
  objectives: anything,
})

const constant = z.union([z.string(), z.number(), z.boolean()])
const sourceColumnShape = z.strictObject({
  from: z.string().min(1).optional(),
  value: constant.optional(),
  unit: z.string().min(1).optional(),
  missing: z.array(z.string()).optional(),
  values: z.record(z.string(), constant).optional(),
})

export const sourceShape = z.strictObject({
  from: z.string().min(1),
  id: z.string().min(1).optional(),
  columns: z.record(z.string(), z.union([z.string(), sourceColumnShape])).optional(),
  dirty: z.enum(['error', 'report']).optional(),
  format: z.enum(['csv', 'ndjson', 'azure']).optional(),
  separator: z.enum([',', ';', '\t', '|']).optional(),
  missing: z.array(z.string()).optional(),
  decimal: z.enum(['.', ',']).optional(),
})

const fileNames = z.array(z.string().min(1))
export const advisoriesShape = z.strictObject({
  files: fileNames.optional(),
  packages: z
    .union([
      z.string().min(1),
      z.strictObject({
        from: z.string().min(1),
        device: z.string().min(1).optional(),
        package: z.string().min(1).optional(),
        version: z.string().min(1).optional(),
      }),
    ])
    .optional(),
})
export const advisoryListShape = fileNames
export const containsShape = z.union([fileNames, z.strictObject({ all: fileNames })])

export const linksShape = z.strictObject({
  from: z.string().min(1).optional(),
  rows: z.array(z.unknown()).optional(),
  a: z.string().min(1).optional(),
  b: z.string().min(1).optional(),
  columns: mapping.optional(),
})

export const currentShape = z.strictObject({ variant: anything, settings: mapping.optional() })
export const leaveRuleShape = z.strictObject({ if: anything, because: z.string().min(1) })
export const ruleShape = z.strictObject({ if: anything, then: anything })

export const variantShape = z.strictObject({
  requires: anything,
  uses: mapping.optional(),
  settings: mapping.optional(),
  rules: z.array(z.unknown()).optional(),
  prefers: anything,
  version: anything,
  contains: containsShape.optional(),
  behaviour: z.string().min(1).optional(),
  artefact: z.string().min(1).optional(),
})

/** By the key that names the form. */
export const attributeShapes = {
  bool: z.strictObject({ bool: z.literal(true), default: anything }),
  enum: z.strictObject({ enum: z.array(z.unknown()).min(1), default: anything }),
  int: z.strictObject({ int: z.union([z.literal(true), z.string().min(1)]), default: anything }),
  decimal: z.strictObject({ decimal: whole.min(0).max(15), unit: z.string().min(1).optional(), default: anything }),
  text: z.strictObject({ text: z.literal(true), default: anything }),
  time: z.strictObject({ time: z.literal(true), default: anything }),
  semver: z.strictObject({ semver: z.literal(true), default: anything }),
  device: z.strictObject({ device: z.union([z.literal(true), z.literal('acyclic')]), default: anything }),
  set: z.strictObject({ set: z.literal('text'), default: anything }),
} as const

export const joinShape = z.strictObject({
  from: z.string().min(1),
  by: z.string().min(1),
  key: z.string().min(1).optional(),
  columns: mapping.optional(),
})
/** What a joined column may say beside its type. */
export const columnPathShape = z.array(z.string()).min(1).optional()
export const presentShape = z.strictObject({ present: z.array(z.string()), default: anything })

export const settingShapes = {
  bool: z.strictObject({ bool: z.literal(true) }),
  enum: z.strictObject({ enum: z.array(z.unknown()).min(1).max(100) }),
  int: z.strictObject({ int: z.strictObject({ min: whole, max: whole }) }),
} as const

export const softShape = z.union([
  whole.min(1),
  z.strictObject({ weight: whole.min(1).optional(), level: whole.min(1).max(1000).optional(), per: z.enum(['unit', 'whole']).optional() }),
])

export const scoreShape = z.strictObject({
  score: z.strictObject({ assigned: whole.min(0).optional(), preference: whole.min(0).optional(), changes: whole.min(0).optional() }),
})
