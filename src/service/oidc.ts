/** Signing in through an OpenID Connect provider: authorisation code with PKCE; role and tenant are claims of the id token. */
import * as client from 'openid-client'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Role } from '../store/tokens.ts'
import { roles } from './roles.ts'

export interface OidcOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string
  /** Where the provider sends the browser back to. */
  readonly redirect: string
  /** The claim that holds one of our roles, or a list with some; default `roles`. */
  readonly roleClaim?: string
  /** The claim that names the tenant; absent: everybody belongs to `tenant`. */
  readonly tenantClaim?: string
  readonly tenant: string
  /** For a provider on this machine, without TLS. */
  readonly insecure?: boolean
}

/** What the browser keeps between leaving for the provider and coming back; nobody else can use it. */
export interface LoginState {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export type SignedIn =
  | { readonly is: 'signed-in'; readonly name: string; readonly role: Role; readonly tenant: string }
  | { readonly is: 'refused'; readonly why: string }

export interface Oidc {
  readonly begin: () => Promise<{ readonly address: URL; readonly kept: LoginState }>
  readonly finish: (cameTo: URL, kept: LoginState) => Promise<SignedIn>
}

/** Finds the provider when it is first needed, so that the service starts without it. */
export function oidc(options: OidcOptions): Oidc {
  let found: Promise<client.Configuration> | undefined
  const provider = async (): Promise<client.Configuration> => {
    found ??= discover(options)
    try {
      return await found
    } catch (error) {
      found = undefined
      throw new EngineError('oidc/provider', 'the provider of logins cannot be reached', { cause: error })
    }
  }
  return {
    begin: async () => {
      const kept = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
      const address = client.buildAuthorizationUrl(await provider(), {
        redirect_uri: options.redirect,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(kept.verifier),
        code_challenge_method: 'S256',
        state: kept.state,
        nonce: kept.nonce,
      })
      return { address, kept }
    },
    finish: async (cameTo, kept) => {
      const configuration = await provider()
      try {
        const answer = await client.authorizationCodeGrant(configuration, cameTo, {
          pkceCodeVerifier: kept.verifier,
          expectedState: kept.state,
          expectedNonce: kept.nonce,
          idTokenExpected: true,
        })
        return personOf(answer.claims() ?? {}, options)
      } catch (error) {
        return { is: 'refused', why: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

// A provider on this machine has no TLS to ask for.
// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so only that it stands out
const withoutTls = client.allowInsecureRequests

function discover({ issuer, clientId, clientSecret, insecure }: OidcOptions): Promise<client.Configuration> {
  return client.discovery(new URL(issuer), clientId, clientSecret, undefined, insecure === true ? { execute: [withoutTls] } : {})
}

/** The strongest of our roles that the claims hold; nobody gets in without one. */
function personOf(claims: Readonly<Record<string, unknown>>, { roleClaim = 'roles', tenantClaim, tenant }: OidcOptions): SignedIn {
  const name = [claims['email'], claims['preferred_username'], claims['sub']].find((claim) => typeof claim === 'string') ?? 'somebody'
  const held = [claims[roleClaim]].flat()
  const role = roles.findLast((each) => held.includes(each))
  if (role === undefined) return { is: 'refused', why: `the claim \`${roleClaim}\` holds none of our roles` }
  const claimed = tenantClaim === undefined ? tenant : claims[tenantClaim]
  if (typeof claimed !== 'string' || claimed === '') return { is: 'refused', why: `the claim \`${tenantClaim ?? ''}\` names no tenant` }
  return { is: 'signed-in', name, role, tenant: claimed }
}
