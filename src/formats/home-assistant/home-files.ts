/** Which files of a Home Assistant folder are texts that its configuration is made of, and which are never opened. */

const READ = /\.(ya?ml|jinja2?)$|^\.storage\/core\.(entity|device|area|label|floor)_registry$/
/** Keys, passwords and other people's programs. */
const NEVER = /(^|\/)(secrets?\.ya?ml|\.git|node_modules|deps|custom_components|www|\.cloud|__pycache__)(\/|$)/

/** `path` is below the folder, with slashes. */
export const isHomeText = (path: string): boolean => READ.test(path)
export const isNeverOpened = (path: string): boolean => NEVER.test(path)

/** The path of the file called `name` that is nearest to the top; which two there are where it is not one. */
export function nearestFile(
  paths: Iterable<string>,
  name: string,
):
  | { readonly is: 'found'; readonly path: string }
  | { readonly is: 'none' }
  | { readonly is: 'two'; readonly first: string; readonly second: string } {
  const found = [...paths].filter((path) => path === name || path.endsWith(`/${name}`))
  const depth = (path: string) => path.split('/').length
  const nearest = Math.min(...found.map(depth))
  const [first, second] = found.filter((path) => depth(path) === nearest).sort()
  if (first === undefined) return { is: 'none' }
  return second === undefined ? { is: 'found', path: first } : { is: 'two', first, second }
}
