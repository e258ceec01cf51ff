// SPDX-License-Identifier: Apache-2.0
// The npm package openid-client, driven line by line: each line of standard input is a command as
// JSON, `{"do": name, …}`; each answer is one line, `{"ok": …}` or `{"fault": …}`.
// The first command, "open", gives the issuer, the client and how it authenticates.

import { request } from "node:https";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { CompactEncrypt, importJWK, SignJWT } from "jose";
import * as oidc from "openid-client";

let config;
let client;
// The key that tokens are bound to, and what it is sent with.
let key;
let device;
const pending = new Map();

const importKey = (jwk) =>
  crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);

// What is encrypted to the client, it reads by this key; by its kind it knows the algorithm.
const importReader = async (jwk) => {
  const how =
    jwk.kty === "RSA" ? { name: "RSA-OAEP", hash: "SHA-256" } : { name: "ECDH", namedCurve: jwk.crv };
  const uses = jwk.kty === "RSA" ? ["decrypt"] : ["deriveBits"];
  const { key_ops, ...plain } = jwk;
  return { key: await crypto.subtle.importKey("jwk", plain, how, false, uses), kid: jwk.kid, alg: jwk.alg };
};

const authentication = async ({ method, secret, jwk }) => {
  switch (method) {
    case "client_secret_basic":
      return oidc.ClientSecretBasic(secret);
    case "client_secret_post":
      return oidc.ClientSecretPost(secret);
    case "private_key_jwt":
      return oidc.PrivateKeyJwt({ key: await importKey(jwk), kid: jwk.kid });
    case "tls_client_auth":
    case "self_signed_tls_client_auth":
      return oidc.TlsClientAuth();
    default:
      return oidc.None();
  }
};

// openid-client signs requests and does not encrypt them: its own library of JOSE does.
const sealed = async (token) => {
  const answer = await fetch(config.serverMetadata().jwks_uri);
  const [key] = (await answer.json()).keys.filter(({ use }) => use === "enc");
  return new CompactEncrypt(new TextEncoder().encode(token))
    .setProtectedHeader({ alg: key.alg, enc: "A256GCM", kid: key.kid, cty: "JWT" })
    .encrypt(await importJWK(key));
};

// Nor does it sign what asks for somebody elsewhere (CIBA §7.1.1): every limit is told.
const signedElsewhere = async (parameters) =>
  new SignJWT(parameters)
    .setProtectedHeader({ alg: "ES256", kid: client.jwk.kid })
    .setIssuer(client.client_id)
    .setAudience(client.issuer)
    .setIssuedAt()
    .setNotBefore("0 seconds")
    .setExpirationTime("5 minutes")
    .setJti(crypto.randomUUID())
    .sign(await importJWK(client.jwk, "ES256"));

// By which way a request goes: in the address, pushed, signed, or signed and then pushed.
const requested = async (way, parameters) => {
  const key = async () => ({ key: await importKey(client.jwk), kid: client.jwk.kid });
  switch (way) {
    case "pushed":
      return oidc.buildAuthorizationUrlWithPAR(config, parameters);
    case "signed":
      return oidc.buildAuthorizationUrlWithJAR(config, parameters, await key());
    case "both": {
      const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, await key());
      return oidc.buildAuthorizationUrlWithPAR(config, signed.searchParams);
    }
    case "sealed": {
      const url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, await key());
      url.searchParams.set("request", await sealed(url.searchParams.get("request")));
      return url;
    }
    default:
      return oidc.buildAuthorizationUrl(config, parameters);
  }
};

// fetch, by connections that show a certificate to whoever asks for one.
const fetchBy = (tls) => (url, { method, headers, body }) => {
  if (!url.startsWith("https:")) return fetch(url, { method, headers, body, redirect: "manual" });
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: Object.fromEntries(new Headers(headers)), ...tls });
    sent.on("error", reject);
    sent.on("response", (answer) => {
      const told = new Headers(answer.headersDistinct && Object.entries(answer.headers));
      resolve(new Response(Readable.toWeb(answer), { status: answer.statusCode, headers: told }));
    });
    sent.end(body ? String(body) : undefined);
  });
};

const bound = () => (key ? { DPoP: key } : undefined);

const shown = (tokens) => ({ ...tokens, claims: tokens.claims?.() ?? null });

const commands = {
  async open(asked) {
    client = asked;
    const metadata = { id_token_signed_response_alg: "ES256", ...asked.metadata };
    config = await oidc.discovery(
      new URL(asked.issuer),
      asked.client_id,
      metadata,
      await authentication(asked),
      {
        execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
        ...(asked.tls && { [oidc.customFetch]: fetchBy(asked.tls) }),
      },
    );
    if (asked.reader)
      oidc.enableDecryptingResponses(config, undefined, await importReader(asked.reader));
    if (asked.jarm) oidc.useJwtResponseMode(config);
    if (asked.front === "code id_token") oidc.useCodeIdTokenResponseType(config);
    if (asked.front === "id_token") oidc.useIdTokenResponseType(config);
    if (asked.dpop) key = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(asked.dpop));
    return config.serverMetadata();
  },

  // RFC 7591: it registers itself, and is that client from then on.
  async register({ issuer, token, metadata, method, jwk, redirect_uri, scope }) {
    config = await oidc.dynamicClientRegistration(
      new URL(issuer),
      metadata,
      // A secret is the one that it is told.
      await authentication({ method, jwk }),
      { initialAccessToken: token, execute: [oidc.allowInsecureRequests] },
    );
    client = { redirect_uri, scope, jwk };
    return config.clientMetadata();
  },

  async authorize({ parameters = {}, way = "" }) {
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const url = await requested(way, {
      redirect_uri: client.redirect_uri,
      scope: client.scope,
      ...(client.front !== "id_token" && {
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      }),
      state,
      nonce,
      ...(key && { dpop_jkt: await key.calculateThumbprint() }),
      ...parameters,
    });
    pending.set(state, { verifier, nonce, maxAge: parameters.max_age });
    return { url: url.href, state };
  },

  // The answer as it came: an address, or the fields that a form posted to it.
  async exchange({ state, url, fields }) {
    const { verifier, nonce, maxAge } = pending.get(state);
    const answer = fields
      ? new Request(url, { method: "POST", body: new URLSearchParams(fields) })
      : new URL(url);
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    };
    if (maxAge !== undefined) checks.maxAge = Number(maxAge);
    return shown(await oidc.authorizationCodeGrant(config, answer, checks, undefined, bound()));
  },

  // An ID token that came through the browser, and nothing to exchange.
  implicit: ({ state, url }) => {
    const { nonce } = pending.get(state);
    return oidc.implicitAuthentication(config, new URL(url), nonce, { expectedState: state });
  },
  userinfo: ({ token, subject }) => oidc.fetchUserInfo(config, token, subject, bound()),
  // The same as somebody who has copied the token.
  copied: ({ token, subject }) => oidc.fetchUserInfo(config, token, subject),
  refresh: async ({ token }) => shown(await oidc.refreshTokenGrant(config, token, undefined, bound())),
  credentials: async ({ scope }) => shown(await oidc.clientCredentialsGrant(config, { scope }, bound())),
  // A device: what it shows, and its tokens once somebody has decided.
  device: async ({ parameters = {} }) => {
    const asked = { scope: client.scope, ...parameters };
    device = await oidc.initiateDeviceAuthorization(config, asked);
    return device;
  },
  poll: async () =>
    shown(await oidc.pollDeviceAuthorizationGrant(config, device, undefined, bound())),
  grant: async ({ type, parameters }) =>
    shown(await oidc.genericGrantRequest(config, type, parameters, bound())),
  askElsewhere: async ({ parameters, way = "" }) => {
    const asked = { scope: client.scope, ...parameters };
    const sent = way === "signed" ? { request: await signedElsewhere(asked) } : asked;
    return oidc.initiateBackchannelAuthentication(config, sent);
  },
  // It would wait for the interval first; whoever agreed has done so.
  comeFor: async ({ asked }) =>
    shown(
      await oidc.pollBackchannelAuthenticationGrant(
        config,
        { ...asked, interval: 0.01 },
        undefined,
        bound(),
      ),
    ),
  introspect: ({ token }) => oidc.tokenIntrospection(config, token),
  revoke: async ({ token }) => (await oidc.tokenRevocation(config, token)) ?? null,
  leave: ({ parameters }) => oidc.buildEndSessionUrl(config, parameters).href,
};

const describe = (fault) => ({
  name: fault.name,
  code: fault.error ?? fault.cause?.error ?? fault.code ?? null,
  status: fault.status ?? null,
  message: `${fault.message} ${fault.cause ? String(fault.cause.message ?? fault.cause) : ""}`,
});

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await commands[name](given) };
  } catch (fault) {
    answer = { fault: describe(fault) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
