// An app that signs users in with openid-client: discovery, code with PKCE, userInfo, refresh, revocation.
// Reads {issuer, client, redirect} from the first line of standard input, writes {url} for the browser, reads where
// the browser came back to from the second line, writes {claims, user, refreshed, revoked, bye}.
const dns = require("node:dns");
const path = require("node:path");
const { createInterface } = require("node:readline/promises");
const { pathToFileURL } = require("node:url");

// Names below localhost are this machine (RFC 6761), also where the system does not know it.
const lookup = dns.lookup;
dns.lookup = (name, ...rest) => lookup(name.endsWith(".localhost") ? "localhost" : name, ...rest);

const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

async function main() {
  const library = path.join(process.env.NODE_PATH, "openid-client", "build", "index.js");
  const openid = await import(pathToFileURL(library));
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const asked = JSON.parse((await lines.next()).value);
  const config = await openid.discovery(new URL(asked.issuer), asked.client, undefined, openid.None());

  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const expectedNonce = openid.randomNonce();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: asked.redirect,
    scope: "openid email",
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
  });
  tell({ url });

  const back = new URL((await lines.next()).value);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(config, back, checks);
  const claims = tokens.claims();
  const user = await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token);
  await openid.tokenRevocation(config, tokens.refresh_token);
  const revoked = await openid.refreshTokenGrant(config, tokens.refresh_token).catch((error) => error.error);
  const bye = openid.buildEndSessionUrl(config, { post_logout_redirect_uri: asked.bye, client_id: asked.client });
  tell({ claims, user, refreshed: refreshed.claims().sub, revoked, bye });
  process.exit(0);
}

main().catch((error) => {
  tell({ error: `${error.code ?? error.name}: ${error.message}: ${error.cause?.message ?? JSON.stringify(error.cause)}` });
  process.exit(1);
});
