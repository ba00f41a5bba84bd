// Serves an OpenID provider on loopback. Arguments: the file of its keys, the audience and the organization of
// its tokens, the port, or 0 for any, and where logouts are told, if anywhere. Each start rotates its keys: a new one
// signs, and the one that did before stays published. Whoever is named in `login_hint` is signed in.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const [file, audience, organization, port, logouts] = process.argv.slice(1);

function keys() {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
  const now = [key, ...before.slice(0, 1)];
  writeFileSync(file, JSON.stringify(now));
  return now;
}

const ofTheTests = {
  client_secret: "of-the-tests",
  token_endpoint_auth_method: "client_secret_post",
};

// One that users sign in at. Of a logout it is told with the session, or by the user alone.
function ofUsers(id, withSession) {
  return {
    ...ofTheTests,
    client_id: id,
    redirect_uris: ["http://127.0.0.1:8999/callback"],
    ...(logouts && { backchannel_logout_uri: logouts, backchannel_logout_session_required: withSession }),
  };
}

// The session of a token, as the client knows it.
async function session(provider, token) {
  const found = token.sessionUid && (await provider.Session.findByUid(token.sessionUid));
  return found ? { sid: found.sidFor(token.clientId) } : {};
}

// In place of pages: nobody is asked for a password, and all is consented to.
async function interact(provider, request, response) {
  const { params, prompt } = await provider.interactionDetails(request, response);
  const result = prompt.name === "login" ? { login: { accountId: params.login_hint } } : { consent: {} };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function granted({ oidc }) {
  const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope("openid");
  await grant.save();
  return grant;
}

// Whoever started it reads one line, and the library prints advice later.
process.stdout.on("error", () => {});

const server = createServer();
server.listen(Number(port), "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: keys() },
    clients: [
      {
        ...ofTheTests,
        client_id: "reporting",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
      ofUsers("desk", true),
      ofUsers("kiosk", false),
    ],
    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:shell",
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "",
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: 300,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    // Else it tells nobody on loopback.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: granted,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => false },
    extraTokenClaims: async (_, token) => ({
      organization_id: organization,
      ...(token.clientId === "desk" && (await session(provider, token))),
    }),
  });
  const answer = provider.callback();
  server.on("request", (request, response) =>
    request.url.startsWith("/interaction/") ? interact(provider, request, response) : answer(request, response),
  );
  console.log(issuer);
});
