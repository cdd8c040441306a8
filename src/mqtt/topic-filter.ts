// Topic names and topic filters of MQTT (OASIS MQTT 5.0, section 4.7).

/** True iff `topic` matches `filter` with its wildcards `+` (one level) and `#` (the rest, the parent included); `$` topics match no leading wildcard. */
export function topicMatches(filter: string, topic: string): boolean {
  return filter === topic || levelsMatch(filterLevels(filter), topic.split('/'))
}

/** The levels of a filter, without who shares it. */
export function filterLevels(filter: string): readonly string[] {
  return filter.startsWith('$share/') ? filter.split('/').slice(2) : filter.split('/')
}

/** As `topicMatches`, for a filter and a topic in levels. */
export function levelsMatch(wanted: readonly string[], levels: readonly string[]): boolean {
  if (levels[0]?.startsWith('$') === true && (wanted[0] === '+' || wanted[0] === '#')) return false
  for (let level = 0; level < wanted.length; level++) {
    if (wanted[level] === '#') return true
    if (level >= levels.length) return false
    if (wanted[level] !== '+' && wanted[level] !== levels[level]) return false
  }
  return wanted.length === levels.length
}

/** A name as one level of a topic: what may not stand there (separator, wildcards, `$`, NUL, and `%` itself) is percent-encoded. */
export function topicLevel(name: string): string {
  return name.replaceAll(/[/+#$%\u0000]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
}

/** The name that `topicLevel` wrote. */
export function nameOfLevel(level: string): string {
  return level.replaceAll(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
