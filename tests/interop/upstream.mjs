// SPDX-License-Identifier: Apache-2.0
// npm's oidc-provider as a provider that people come from: one client, two people, its own pages.
//
//   node upstream.mjs '{"port": 0, "client": {"id": …, "secret": …, "back": …}, "more": {…}}'
//
// It writes its address when it listens. Whoever is asked to log in there is whoever the page's form
// names; consent is given.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const given = JSON.parse(process.argv[2]);
const people = {
  claire: { given_name: "Claire", family_name: "Durand", email: "claire.durand@chu.example" },
  nadia: { given_name: "Nadia", family_name: "Petit", email: "claire.durand@chu.example" },
};
const server = createServer();
server.listen(given.port ?? 0, "127.0.0.1", () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: given.client.id,
        client_secret: given.client.secret,
        redirect_uris: [given.client.back],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        id_token_signed_response_alg: given.algorithm ?? "ES256",
        ...(given.more ?? {}),
      },
    ],
    claims: {
      openid: ["sub"],
      profile: ["given_name", "family_name"],
      email: ["email"],
    },
    conformIdTokenClaims: true,
    acrValues: ["hospital:badge"],
    cookies: { keys: ["of the test alone"] },
    features: { devInteractions: { enabled: false }, jwtUserinfo: { enabled: true } },
    clientAuthMethods: ["client_secret_basic", "client_secret_jwt"],
    interactions: { url: (_, interaction) => `/in/${interaction.uid}` },
    findAccount: (_, id) =>
      people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    jwks: given.jwks,
    pkce: { required: () => true },
    ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 300, IdToken: 300 },
  });
  server.on("request", async (request, response) => {
    const [, room, uid, who] = request.url.split("?")[0].split("/");
    if (room !== "in") return provider.callback()(request, response);
    try {
      const details = await provider.interactionDetails(request, response);
      if (details.uid !== uid) throw new Error("another interaction");
      const { prompt, params, session, grantId } = details;
      if (prompt.name === "login" && !who) return response.end("who?");
      let result = { error: "access_denied" };
      if (prompt.name === "login" && who !== "nobody") {
        result = { login: { accountId: who, acr: "hospital:badge", amr: ["sc"] } };
      }
      if (prompt.name === "consent") {
        const grant = grantId
          ? await provider.Grant.find(grantId)
          : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
        grant.addOIDCScope(params.scope);
        result = { consent: { grantId: await grant.save() } };
      }
      await provider.interactionFinished(request, response, result, {
        mergeWithLastSubmission: true,
      });
    } catch (fault) {
      response.statusCode = 500;
      response.end(String(fault));
    }
  });
  process.stdout.write(`${issuer}\n`);
});
