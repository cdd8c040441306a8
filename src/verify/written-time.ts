/** Written dates and times of day, read and printed: proleptic Gregorian calendar, years 1 to 9999. */
import { compare, exactFromNumber, exactFromText, minus, plus, remainder } from './exact.ts'
import type { Exact } from './exact.ts'

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?(Z|[+-]\d{2}:?\d{2})?)?$/
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?$/
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const DAY = 86_400

/** Seconds since 1970; `ahead`: of a text without a zone. */
export function writtenMoment(text: string, ahead: Exact): Exact | undefined {
  const match = DATE.exec(text.trim())
  if (match === null) return undefined
  const [, years = '', months = '', days = '', hours = '0', minutes = '0', seconds = '0', zone] = match
  const [year, month, day] = [Number(years), Number(months), Number(days)]
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return undefined
  const whole = exactFromNumber(dayNumber(year, month, day) * DAY + Number(hours) * 3600 + Number(minutes) * 60)
  const local = plus(whole, exactFromText(seconds)!)
  return minus(local, zone === undefined ? ahead : exactFromNumber(zoneOf(zone)))
}

export function writtenClock(text: string): Exact | undefined {
  const match = CLOCK.exec(text.trim())
  if (match === null) return undefined
  const [, hours = '', minutes = '', seconds = '0'] = match
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return undefined
  return plus(exactFromNumber(Number(hours) * 3600 + Number(minutes) * 60), exactFromText(seconds)!)
}

function zoneOf(zone: string): number {
  if (zone === 'Z') return 0
  const digits = zone.slice(1).replace(':', '')
  const size = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60
  return zone.startsWith('-') ? -size : size
}

const leap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
const daysIn = (year: number, month: number): number => (month === 2 ? (leap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31)

/** Days since 1970-01-01: whole years, then whole months. */
function dayNumber(year: number, month: number, day: number): number {
  const before = year - 1
  let days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 719_162
  for (let one = 1; one < month; one++) days += daysIn(year, one)
  return days + day - 1
}

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly dayOfYear: number
  readonly weekday: number
  readonly second: number
  readonly micro: number
}

const FIRST = dayNumber(1, 1, 1)
const LAST = dayNumber(9999, 12, 31)

function partsOf(at: Exact): Parts | undefined {
  const day = exactFromNumber(DAY)
  const rest = remainder(at, day)
  const second = compare(rest, exactFromNumber(0)) < 0 ? plus(rest, day) : rest
  const days = Number(minus(at, second).num) / DAY
  if (days < FIRST || days > LAST) return undefined
  let year = 1970 + Math.floor(days / 365.2425)
  while (dayNumber(year, 1, 1) > days) year -= 1
  while (year < 9999 && dayNumber(year + 1, 1, 1) <= days) year += 1
  let month = 1
  while (month < 12 && dayNumber(year, month + 1, 1) <= days) month += 1
  const whole = Number(second.num / second.den)
  const micro = Number(((second.num - BigInt(whole) * second.den) * 1_000_000n) / second.den)
  return {
    year,
    month,
    day: days - dayNumber(year, month, 1) + 1,
    dayOfYear: days - dayNumber(year, 1, 1) + 1,
    weekday: (((days + 3) % 7) + 7) % 7,
    second: whole,
    micro,
  }
}

/** By a format of `strftime`; null with a code that is not known, or outside of the calendar. */
export function dateText(at: Exact, ahead: Exact, format: string): string | null {
  const parts = partsOf(plus(at, ahead))
  if (parts === undefined) return null
  let result = ''
  for (let place = 0; place < format.length; place++) {
    const letter = format[place]!
    if (letter !== '%') {
      result += letter
      continue
    }
    place += 1
    const bare = format[place] === '-'
    if (bare) place += 1
    const colon = format[place] === ':' && format[place + 1] === 'z'
    if (colon) place += 1
    const made = colon ? zoneText(ahead, ':') : codeText(format[place] ?? '', parts, ahead)
    if (made === undefined) return null
    result += bare ? made.replace(/^0+(?=\d)/, '') : made
  }
  return result
}

function codeText(code: string, { year, month, day, dayOfYear, weekday, second, micro }: Parts, ahead: Exact): string | undefined {
  const [hour, minute] = [Math.floor(second / 3600), Math.floor(second / 60) % 60]
  const wide = (number: number, width = 2): string => String(number).padStart(width, '0')
  switch (code) {
    case 'Y':
      return wide(year, 4)
    case 'y':
      return wide(year % 100)
    case 'm':
      return wide(month)
    case 'd':
      return wide(day)
    case 'j':
      return wide(dayOfYear, 3)
    case 'U':
      return wide(Math.floor((dayOfYear + 6 - ((weekday + 1) % 7)) / 7))
    case 'W':
      return wide(Math.floor((dayOfYear + 6 - weekday) / 7))
    case 'H':
      return wide(hour)
    case 'I':
      return wide(hour % 12 === 0 ? 12 : hour % 12)
    case 'M':
      return wide(minute)
    case 'S':
      return wide(second % 60)
    case 'f':
      return wide(micro, 6)
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'A':
      return DAYS[weekday]
    case 'a':
      return DAYS[weekday]?.slice(0, 3)
    case 'B':
      return MONTHS[month - 1]
    case 'b':
      return MONTHS[month - 1]?.slice(0, 3)
    case 'w':
      return String((weekday + 1) % 7)
    case 'u':
      return String(weekday + 1)
    case 'z':
      return zoneText(ahead, '')
    case '%':
      return '%'
    default:
      return undefined
  }
}

function zoneText(ahead: Exact, between: string): string {
  const minutes = ahead.num / ahead.den / 60n
  const size = Number(minutes < 0n ? -minutes : minutes)
  return `${ahead.num < 0n ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}${between}${String(size % 60).padStart(2, '0')}`
}
