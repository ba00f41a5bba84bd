// Serves an OpenID provider on loopback. Arguments: the file of its keys, the audience and the organization of
// its tokens, and the port, or 0 for any. Each start rotates its keys: a new one signs, and the one that did
// before stays published.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const [file, audience, organization, port] = process.argv.slice(1);

function keys() {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
  const now = [key, ...before.slice(0, 1)];
  writeFileSync(file, JSON.stringify(now));
  return now;
}

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: keys() },
    clients: [
      {
        client_id: "reporting",
        client_secret: "of-the-tests",
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: "",
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: () => ({ organization_id: organization }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
