/** The page that asks for a token; plain HTML without any script, so that nothing may run on it. */

interface LoginPage {
  /** Where to go after login; a path of ours. */
  readonly to: string
  readonly wrong?: string
  readonly withProvider: boolean
}

export const loginStyle =
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText;color-scheme:light dark}' +
  'main{width:min(24rem,90vw)}label{display:block;margin:1rem 0 .25rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem}' +
  'button,a.button{display:inline-block;font:inherit;margin-top:1rem;padding:.5rem 1rem}p[role=alert]{border-left:.25rem solid #c22;padding-left:.75rem}'

export function loginPage({ to, wrong, withProvider }: LoginPage): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Fleetproof: sign in</title><style>${loginStyle}</style></head>
<body><main><h1>Fleetproof</h1>
${wrong === undefined ? '' : `<p role="alert">${escaped(wrong)}</p>`}
<form method="post" action="/login">
<input type="hidden" name="to" value="${escaped(to)}">
<label for="token">Token</label><input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Sign in</button>
</form>
${withProvider ? '<p><a class="button" href="/login/oidc">Sign in with your organisation</a></p>' : ''}
</main></body></html>
`
}

/** The page behind login: what can be done from here. */
export function homePage(name: string, role: string, tenant: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Fleetproof</title><style>${loginStyle}</style></head>
<body><main><h1>Fleetproof</h1><p>${escaped(name)} is signed in as ${escaped(role)} of ${escaped(tenant)}.</p>
<p><a href="/v1/docs">What can be called, and how</a></p>
<form method="post" action="/logout"><button type="submit">Sign out</button></form>
</main></body></html>
`
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A path of this service, whatever was asked for: never another site's. */
export function ownPath(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(to) ? to : '/'
}
