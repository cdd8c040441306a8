/** Checks the shape of a value with a zod schema and says what is wrong in the words of the person who wrote it, with places and did-you-mean. */
import type { z } from 'zod'
import { maybe } from './suggest.ts'
import type { Diagnostic } from './diagnostic.ts'
import { describeValue, type DocumentPath, type StructuredText } from './document.ts'

type Issue = z.core.$ZodIssue
type Schema = z.core.$ZodType

/** The value as the schema reads it, or diagnostics with `model/` codes; `at` is the path of `value` in the document. */
export function readShape<T>(
  schema: z.ZodType<T>,
  value: unknown,
  document: Pick<StructuredText, 'locate' | 'locateKey'>,
  at: DocumentPath,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = schema.safeParse(value, { reportInput: false })
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, diagnostics: parsed.error.issues.flatMap((issue) => shapeDiagnostics(schema, value, issue, document, at)) }
}

/** `variants.eco.uses`, `constraints[3].quota`. */
export function pathText(path: DocumentPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}

function shapeDiagnostics(
  schema: Schema,
  root: unknown,
  issue: Issue,
  document: Pick<StructuredText, 'locate' | 'locateKey'>,
  at: DocumentPath,
): readonly Diagnostic[] {
  const inner = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const path = [...at, ...inner]
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, inner)
    return issue.keys.map((key) => {
      const message = `\`${key}\` is not known ${path.length === 0 ? 'here' : `in \`${pathText(path)}\``}`
      const hint = maybe(key, known)
      const listed = known.length > 0 && known.length <= 8 ? { hint: `maybe one of ${known.map((name) => `\`${name}\``).join(', ')}` } : {}
      return { code: 'model/unknown-key', severity: 'error', message, ...listed, ...hint, at: document.locateKey([...path, key]) }
    })
  }
  const value = valueAt(root, inner)
  const { code, message, hint } = wording(issue, value, path)
  return [{ code, severity: 'error', message, ...(hint === undefined ? {} : { hint }), at: document.locate(path) }]
}

interface Wording {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

function wording(issue: Issue, value: unknown, path: DocumentPath): Wording {
  const name = path.length === 0 ? 'the text' : `\`${pathText(path)}\``
  if (
    typeof value === 'bigint' ||
    (typeof value === 'number' && !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value)))
  ) {
    return {
      code: 'model/number-too-large',
      message: `${name} is ${typeof value === 'bigint' || Number.isFinite(value) ? `${value}, ` : ''}beyond 2^53 - 1, the largest whole number that is kept exactly`,
    }
  }
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value, name)
    case 'invalid_union': {
      const expected = [
        ...new Set(
          issue.errors
            .flat()
            .flatMap((inner) =>
              inner.path.length > 0
                ? []
                : inner.code === 'invalid_type'
                  ? [typeWords(inner.expected)]
                  : inner.code === 'invalid_value'
                    ? inner.values.map((one) => `\`${String(one)}\``)
                    : [],
            ),
        ),
      ]
      const deepest = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length)[0]
      if (deepest !== undefined && deepest.path.length > 0) {
        const steps = deepest.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
        return wording(deepest, valueAt(value, steps), [...path, ...steps])
      }
      if (expected.length === 0) return { code: 'model/wrong-value', message: `${name} cannot be ${describeValue(value)}` }
      return value === undefined
        ? { code: 'model/missing-key', message: `${name} is missing` }
        : { code: 'model/wrong-type', message: `${name} must be ${expected.join(' or ')}, not ${describeValue(value)}` }
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      if (value === undefined) return { code: 'model/missing-key', message: `${name} is missing; it can be ${list(allowed)}` }
      return {
        code: 'model/unknown-value',
        message: `${name} can be ${list(allowed)}, not ${describeValue(value)}`,
        ...(typeof value === 'string' ? maybe(value, allowed) : {}),
      }
    }
    case 'too_small':
      if (issue.origin === 'number' || issue.origin === 'int')
        return {
          code: 'model/out-of-range',
          message: `${name} is ${String(value)}, it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`,
        }
      return {
        code: 'model/empty',
        message: Number(issue.minimum) <= 1 ? `${name} is empty` : `${name} needs at least ${issue.minimum} entries`,
      }
    case 'too_big':
      if (issue.origin === 'number' || issue.origin === 'int')
        return {
          code: 'model/out-of-range',
          message: `${name} is ${String(value)}, it must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`,
        }
      return { code: 'model/out-of-range', message: `${name} is longer than ${issue.maximum}` }
    case 'custom':
      return {
        code: 'model/wrong-value',
        message: issue.message.startsWith('Invalid') ? `${name} cannot be ${describeValue(value)}` : issue.message,
      }
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'unrecognized_keys':
      return { code: 'model/wrong-value', message: `${name} cannot be ${describeValue(value)}` }
  }
}

function wrongType(expected: string, value: unknown, name: string): Wording {
  if (value === undefined) return { code: 'model/missing-key', message: `${name} is missing` }
  if (expected === 'int' && typeof value === 'number')
    return { code: 'model/not-whole', message: `${name} is ${value}, it must be a whole number` }
  return { code: 'model/wrong-type', message: `${name} must be ${typeWords(expected)}, not ${describeValue(value)}` }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'empty',
}

function typeWords(expected: string): string {
  return TYPE_WORDS[expected] ?? expected
}

function list(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)!}`
}

function valueAt(root: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined),
    root,
  )
}

/** Keys that a mapping at `path` may have, read from the schema itself. */
function knownKeys(schema: Schema, path: DocumentPath): readonly string[] {
  const definition = schema._zod.def as unknown as {
    readonly type: string
    readonly shape?: Record<string, Schema>
    readonly innerType?: Schema
    readonly element?: Schema
    readonly valueType?: Schema
    readonly options?: readonly Schema[]
    readonly in?: Schema
  }
  const through = definition.innerType ?? definition.in
  if (through !== undefined) return knownKeys(through, path)
  if (definition.options !== undefined)
    return definition.options.map((option) => knownKeys(option, path)).find((keys) => keys.length > 0) ?? []
  const [step, ...rest] = path
  if (step === undefined) return Object.keys(definition.shape ?? {})
  const next = definition.element ?? definition.valueType ?? definition.shape?.[step]
  return next === undefined ? [] : knownKeys(next, rest)
}
