/** Paths as archives and forms give them: kept below the place where they are unpacked, or refused. */

const DEEPEST = 32
const LONGEST = 1024

/** The path with single slashes, or in words why it is none that may be used. */
export function safePath(given: string): { readonly path: string } | { readonly wrong: string } {
  if (given.length > LONGEST) return { wrong: `is longer than ${LONGEST} characters` }
  if (/[\u0000-\u001f\u007f]/.test(given)) return { wrong: 'holds a control character' }
  if (given.includes('\\')) return { wrong: 'holds a backslash' }
  if (given.startsWith('/') || /^[A-Za-z]:/.test(given)) return { wrong: 'begins at the root of a disk' }
  const parts = given.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) return { wrong: 'leads out of its folder' }
  if (parts.length === 0) return { wrong: 'names nothing' }
  if (parts.length > DEEPEST) return { wrong: `is more than ${DEEPEST} folders deep` }
  return { path: parts.join('/') }
}
