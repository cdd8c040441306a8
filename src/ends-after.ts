/**
 * A signal that aborts after so many milliseconds, or when `other` does. Unlike `AbortSignal.any` over `AbortSignal.timeout` it holds its timer: there the
 * timeout is held weakly, and once it has been collected it never comes (Node 20, 22).
 */
export function endsAfter(milliseconds: number, other?: AbortSignal): AbortSignal {
  const own = new AbortController()
  if (other?.aborted === true) {
    own.abort(other.reason)
    return own.signal
  }
  const follow = (): void => {
    clearTimeout(timer)
    own.abort(other?.reason)
  }
  const timer = setTimeout(
    () => {
      other?.removeEventListener('abort', follow)
      own.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    },
    // Beyond this a timer comes at once.
    Math.min(milliseconds, 2 ** 31 - 1),
  )
  timer.unref()
  other?.addEventListener('abort', follow, { once: true })
  return own.signal
}
