// Topic names and topic filters of MQTT (OASIS MQTT 5.0, section 4.7).

/** True iff `topic` matches `filter` with its wildcards `+` (one level) and `#` (the rest, the parent included); `$` topics match no leading wildcard. */
export function topicMatches(filter: string, topic: string): boolean {
  if (filter === topic) return true
  const wanted = (filter.startsWith('$share/') ? filter.split('/').slice(2).join('/') : filter).split('/')
  const levels = topic.split('/')
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false
  for (let level = 0; level < wanted.length; level++) {
    if (wanted[level] === '#') return true
    if (level >= levels.length) return false
    if (wanted[level] !== '+' && wanted[level] !== levels[level]) return false
  }
  return wanted.length === levels.length
}

/** True iff `text` may stand as one level of a topic name: not empty, no separator, no wildcard, no NUL. */
export function isTopicLevel(text: string): boolean {
  return text !== '' && !/[/+#\u0000]/.test(text) && !text.startsWith('$') && Buffer.byteLength(text) <= 1000
}
