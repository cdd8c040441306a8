/** What can be said of types: their names for messages, what compares with what. */
import type { ExpressionType } from '../model/expression-type.ts'

/** `int (MB)`, `decimal with 2 places`, `enum (armv7, arm64, x86_64)`: as a fleet owner would say it. */
export function typeName(type: ExpressionType): string {
  switch (type.is) {
    case 'bool':
      return 'true or false'
    case 'int':
      return type.unit === undefined ? 'int' : `int (${type.unit})`
    case 'decimal':
      return `decimal with ${type.places} ${type.places === 1 ? 'place' : 'places'}${type.unit === undefined ? '' : ` (${type.unit})`}`
    case 'text':
      return 'text'
    case 'enum':
      return `one of ${type.values.slice(0, 6).join(', ')}${type.values.length > 6 ? ', …' : ''}`
    case 'semver':
      return 'version'
    case 'time':
      return 'time'
    case 'duration':
      return 'duration'
    case 'set':
      return 'set of text'
    case 'list':
      return 'list'
    case 'device':
      return 'link to a device'
  }
}

export type NumberType = Extract<ExpressionType, { readonly is: 'int' | 'decimal' }>

export function isNumber(type: ExpressionType): type is NumberType {
  return type.is === 'int' || type.is === 'decimal'
}

/** Integers at run time. */
export function isNumeric(type: ExpressionType): boolean {
  return isNumber(type) || type.is === 'time' || type.is === 'duration'
}

/** Texts at run time that are equal exactly as texts are. */
export function isTextual(type: ExpressionType): boolean {
  return type.is === 'text' || type.is === 'enum' || type.is === 'device'
}

export function placesOf(type: ExpressionType): number {
  return type.is === 'decimal' ? type.places : 0
}

export function unitOf(type: ExpressionType): string | undefined {
  return isNumber(type) ? type.unit : undefined
}

/** The number type with these places and perhaps a unit. */
export function numberType(places: number, unit?: string): ExpressionType {
  const withUnit = unit === undefined ? {} : { unit }
  return places === 0 ? { is: 'int', ...withUnit } : { is: 'decimal', places, ...withUnit }
}
