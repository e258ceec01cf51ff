// SPDX-License-Identifier: Apache-2.0
// npm's oidc-provider as a provider that people come from: one client, a few people, its own pages.
//
//   node upstream.mjs '{"port": 0, "client": {"id": …, "secret": …, "back": …}, "more": {…}}'
//
// It writes its address when it listens. Whoever is asked to log in there is whoever the address
// /in/…/<who> names; consent is given. Told of `professionals`, it asks their phones, too (CIBA):
// /phone lists what lies on them, /phone/<request>/yes or /no answers. /later/<seconds> lets its
// time pass.
import { createServer } from "node:http";
import Provider, { errors } from "oidc-provider";

const given = JSON.parse(process.argv[2]);
// What each of them is told of beside the name, and how a login is classed.
const professionals = given.professionals ?? {};
const acr = given.acr ?? "hospital:badge";
const asked = new Map();
let ahead = 0;
const now = Date.now;
Date.now = () => now() + ahead;
const people = {
  claire: { given_name: "Claire", family_name: "Durand", email: "claire.durand@chu.example" },
  nadia: { given_name: "Nadia", family_name: "Petit", email: "claire.durand@chu.example" },
  ...professionals,
};
// By which of their ways somebody came, as Pro Santé Connect tells it.
const way = (token) => (token?.gty === "ciba" ? "MOBILE" : "CARD");
const ciba = {
  enabled: given.professionals !== undefined,
  deliveryModes: ["poll"],
  processLoginHint: (_, hint) =>
    Object.keys(professionals).find((id) => professionals[id].SubjectNameID === hint),
  validateRequestContext: () => {},
  verifyUserCode: () => {},
  triggerAuthenticationDevice: (_, request) => asked.set(request.jti, request),
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
        grant_types: [
          "authorization_code",
          ...(ciba.enabled ? ["urn:openid:params:grant-type:ciba"] : []),
        ],
        ...(ciba.enabled ? { backchannel_token_delivery_mode: "poll" } : {}),
        id_token_signed_response_alg: given.algorithm ?? "ES256",
        ...(given.more ?? {}),
      },
    ],
    claims: {
      openid: ["sub"],
      profile: ["given_name", "family_name"],
      email: ["email"],
      ...(ciba.enabled ? { scope_all: Object.keys(Object.values(professionals)[0]) } : {}),
    },
    conformIdTokenClaims: true,
    acrValues: [acr],
    cookies: { keys: ["of the test alone"] },
    features: { ciba, devInteractions: { enabled: false }, jwtUserinfo: { enabled: true } },
    clientAuthMethods: ["client_secret_basic", "client_secret_jwt"],
    interactions: { url: (_, interaction) => `/in/${interaction.uid}` },
    findAccount: (_, id, token) =>
      people[id] && {
        accountId: id,
        claims: () => ({ sub: id, ...people[id], authMode: way(token) }),
      },
    jwks: given.jwks,
    pkce: { required: () => true },
    ttl: {
      ...{ Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 300, IdToken: 300 },
      BackchannelAuthenticationRequest: 100,
    },
  });
  const decide = async (request, yes) => {
    asked.delete(request.jti);
    if (!yes) return provider.backchannelResult(request, new errors.AccessDenied());
    const grant = new provider.Grant({
      accountId: request.accountId,
      clientId: request.clientId,
    });
    grant.addOIDCScope(request.scope);
    await grant.save();
    const authTime = Math.floor(Date.now() / 1000);
    return provider.backchannelResult(request, grant, { acr, amr: ["swk", "pin"], authTime });
  };
  server.on("request", async (request, response) => {
    const [, room, uid, who] = request.url.split("?")[0].split("/");
    if (room === "later") {
      ahead += Number(uid) * 1000;
      return response.end();
    }
    if (room === "phone") {
      if (uid) await decide(asked.get(uid), who === "yes");
      const shown = [...asked].map(([id, { accountId, params }]) => ({ id, accountId, params }));
      return response.end(JSON.stringify(shown));
    }
    if (room !== "in") return provider.callback()(request, response);
    try {
      const details = await provider.interactionDetails(request, response);
      if (details.uid !== uid) throw new Error("another interaction");
      const { prompt, params, session, grantId } = details;
      if (prompt.name === "login" && !who) return response.end("who?");
      let result = { error: "access_denied" };
      if (prompt.name === "login" && who !== "nobody") {
        result = { login: { accountId: who, acr, amr: ["sc"] } };
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
