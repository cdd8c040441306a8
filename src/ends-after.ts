/**
 * A signal that aborts after so many milliseconds, or when `other` does. The timer holds what aborts: a bare `AbortSignal.timeout` that is only joined by
 * `AbortSignal.any` is held weakly, and once it has been collected it never comes (Node 20).
 */
export function endsAfter(milliseconds: number, other?: AbortSignal): AbortSignal {
  const own = new AbortController()
  const late = (): void => own.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
  // Beyond the most a timer comes at once.
  setTimeout(late, Math.min(milliseconds, 2 ** 31 - 1)).unref()
  return other === undefined ? own.signal : AbortSignal.any([own.signal, other])
}
