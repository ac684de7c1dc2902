// A real OpenID provider of others (oidc-provider) over TLS. Reads {certificate, key, secret, scope} from standard
// input, writes {issuer}; gives its one client, `machine`, access tokens that are JWTs.
const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const AUDIENCE = "https://orders.example.com";

async function main() {
  const library = path.join(process.env.NODE_PATH, "oidc-provider", "lib", "index.js");
  const { Provider } = await import(pathToFileURL(library));
  const server = https.createServer({ cert: asked.certificate, key: asked.key });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `https://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "machine",
        client_secret: asked.secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ["openid", asked.scope],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({ scope: asked.scope, audience: AUDIENCE, accessTokenFormat: "jwt" }),
      },
    },
  });
  server.on("request", provider.callback());
  process.stdout.write(`${JSON.stringify({ issuer, audience: AUDIENCE })}\n`);
}

main();
