/** One entry of a package list: `openssl@3.0.2`, `@scope/name@1.0.0`, `pkg:deb/debian/openssl@3.0.2-1?distro=debian-12`, or a name alone. */

export interface PackageReference {
  readonly name: string
  readonly version?: string
  /** As OSV calls it; absent where the entry does not say. */
  readonly ecosystem?: string
  readonly release?: string
}

const ECOSYSTEMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    npm: 'npm',
    pypi: 'PyPI',
    cargo: 'crates.io',
    golang: 'Go',
    maven: 'Maven',
    nuget: 'NuGet',
    gem: 'RubyGems',
    hex: 'Hex',
    pub: 'Pub',
    composer: 'Packagist',
    swift: 'SwiftURL',
  }),
)
/** Types whose first path segment is the distribution. */
const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    debian: 'Debian',
    ubuntu: 'Ubuntu',
    alpine: 'Alpine',
    redhat: 'Red Hat',
    rhel: 'Red Hat',
    suse: 'SUSE',
    opensuse: 'openSUSE',
    rocky: 'Rocky Linux',
    almalinux: 'AlmaLinux',
  }),
)

/** Nothing where the text is no entry of a package list. */
export function readPackageReference(text: string): PackageReference | undefined {
  const trimmed = text.trim()
  if (trimmed.startsWith('pkg:')) return readPackageUrl(trimmed)
  const at = trimmed.lastIndexOf('@')
  const [name, version] = at <= 0 ? [trimmed, undefined] : [trimmed.slice(0, at), trimmed.slice(at + 1)]
  if (name === '' || version === '' || /\s/.test(trimmed)) return undefined
  return version === undefined ? { name } : { name, version }
}

/** `pkg:type/namespace/name@version?qualifiers#subpath` (package URL, ECMA-427). */
function readPackageUrl(text: string): PackageReference | undefined {
  const parts = /^pkg:\/*([A-Za-z][A-Za-z0-9.+-]*)\/([^@?#]+)(?:@([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/.exec(text)
  if (parts === null) return undefined
  const type = parts[1]!.toLowerCase()
  const path = parts[2]!.split('/').filter((part) => part !== '')
  const [version, ...decoded] = [parts[3] ?? '', ...path].map(decode)
  if (version === undefined || decoded.includes(undefined)) return undefined
  const segments = decoded as readonly string[]
  const name = segments.at(-1)
  if (name === undefined || name === '') return undefined
  const namespace = segments.slice(0, -1)
  const distribution = type === 'deb' || type === 'rpm' || type === 'apk' ? namespace[0]?.toLowerCase() : undefined
  const ecosystem = distribution === undefined ? ECOSYSTEMS.get(type) : DISTRIBUTIONS.get(distribution)
  const release = new URLSearchParams(parts[4] ?? '').get('distro')?.match(/\d+(?:\.\d+)*$/)?.[0]
  return {
    name: distribution !== undefined || namespace.length === 0 ? name : [...namespace, name].join(type === 'maven' ? ':' : '/'),
    ...(version === '' ? {} : { version }),
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(release === undefined ? {} : { release }),
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** PyPI takes `-`, `_` and `.`, upper and lower case for the same; everywhere else a name is what it is. */
export function sameName(a: string, b: string, ecosystem: string | undefined): boolean {
  return a === b || (ecosystem === 'PyPI' && normal(a) === normal(b))
}

const normal = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-')
