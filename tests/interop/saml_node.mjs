// SPDX-License-Identifier: Apache-2.0
// The npm package @node-saml/node-saml as an application: `node saml_node.mjs FOLDER PORT`.
// The folder holds the provider's metadata (idp.xml), a key and its certificate. What it speaks is
// in saml_peers.py; saml_python.py speaks the same.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { SAML } from "@node-saml/node-saml";

const [folder, port] = process.argv.slice(2);
const url = `http://localhost:${port}`;
const COOKIE = "node-saml";
const POST = "HTTP-POST";
// What is known of each visitor, by their cookie.
const visitors = new Map();

const idp = readFileSync(`${folder}/idp.xml`, "utf8");
const idpCert = [...idp.matchAll(/<md:KeyDescriptor.*?<ds:X509Certificate>([^<]+)</gs)].map(
  (found) => found[1],
);
const place = (name, binding) => {
  const tag = idp.match(new RegExp(`<md:${name} [^>]*bindings:${binding}"[^>]*>`));
  return tag?.[0].match(/Location="([^"]+)"/)[1];
};
const key = readFileSync(`${folder}/sp.key`, "utf8");
const certificate = readFileSync(`${folder}/sp.crt`, "utf8");

// Everything that can be demanded is.
const settings = {
  issuer: `${url}/metadata`,
  callbackUrl: `${url}/acs`,
  logoutCallbackUrl: `${url}/slo`,
  idpCert,
  privateKey: key,
  publicCert: certificate,
  decryptionPvk: key,
  signatureAlgorithm: "sha256",
  digestAlgorithm: "sha256",
  wantAuthnResponseSigned: true,
  wantAssertionsSigned: true,
  validateInResponseTo: "always",
  signMetadata: true,
  disableRequestedAuthnContext: true,
};
// One memory of what was asked, as each wish makes a client of its own.
const asked = new Map();
settings.cacheProvider = {
  saveAsync: async (id, value) => asked.set(id, value) && { value, createdAt: Date.now() },
  getAsync: async (id) => asked.get(id) ?? null,
  removeAsync: async (id) => (asked.delete(id) ? id : null),
};
const client = (changes = {}) =>
  new SAML({
    ...settings,
    entryPoint: place("SingleSignOnService", "HTTP-Redirect"),
    logoutUrl: place("SingleLogoutService", "HTTP-Redirect"),
    ...changes,
  });

const told = (profile) => ({
  name: profile.nameID,
  format: profile.nameIDFormat,
  qualifiers: [profile.nameQualifier ?? null, profile.spNameQualifier ?? null],
  attributes: profile.attributes,
  level: profile.getAssertion().Assertion.AuthnStatement[0].AuthnContext[0].AuthnContextClassRef[0]._,
  session: profile.sessionIndex,
});

const pages = {
  "/metadata": async () => ({
    type: "application/samlmetadata+xml",
    body: client().generateServiceProviderMetadata(certificate, certificate),
  }),

  async "/login"({ query }) {
    const wishes = { forceAuthn: query.has("force"), passive: query.has("passive") };
    if (query.has("class")) {
      wishes.disableRequestedAuthnContext = false;
      wishes.authnContext = query.getAll("class");
    }
    const relay = query.get("to") ?? "/";
    if (!query.has("post")) {
      return { location: await client(wishes).getAuthorizeUrlAsync(relay, undefined, {}) };
    }
    const entryPoint = place("SingleSignOnService", POST);
    const posting = client({ ...wishes, entryPoint, skipRequestCompression: true });
    return { type: "text/html", body: await posting.getAuthorizeFormAsync(relay) };
  },

  async "/acs"({ visitor, form }) {
    const { profile } = await client().validatePostResponseAsync(form);
    // The one status that it does not take for a fault.
    if (!profile) throw new Error("NoPassive");
    visitor.profile = profile;
    return { location: form.RelayState };
  },

  async "/logout"({ visitor }) {
    return { location: await client().getLogoutUrlAsync(visitor.profile, "/bye", {}) };
  },

  async "/slo"({ visitor, query, raw, form }) {
    const values = form ?? Object.fromEntries(query);
    // It looks for InResponseTo on a posted answer to a login only.
    const leaving = client({ validateInResponseTo: form ? "ifPresent" : "always" });
    let found;
    if (!form) found = await leaving.validateRedirectAsync(values, raw);
    else if (form.SAMLRequest) found = await leaving.validatePostRequestAsync(form);
    else found = await leaving.validatePostResponseAsync(form);
    if (!values.SAMLRequest) {
      delete visitor.profile;
      return { location: values.RelayState ?? "/bye" };
    }
    const mine = found.profile.nameID === visitor.profile?.nameID;
    delete visitor.profile;
    const relay = values.RelayState ?? "";
    return {
      location: await client().getLogoutResponseUrlAsync(found.profile, relay, {}, mine),
    };
  },
};

const who = async ({ visitor, path }) => ({
  status: visitor.profile ? 200 : 401,
  body: JSON.stringify({ ...(visitor.profile ? told(visitor.profile) : {}), path }),
});

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()));
};

createServer(async (request, response) => {
  const cookie = new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1];
  const id = cookie ?? randomUUID();
  if (!visitors.has(id)) visitors.set(id, {});
  const [path, raw = ""] = request.url.split("?");
  const form = request.method === "POST" ? await read(request) : null;
  const query = new URLSearchParams(raw);
  let answer;
  try {
    const page = pages[path] ?? who;
    answer = await page({ visitor: visitors.get(id), path: request.url, query, raw, form });
  } catch (fault) {
    const refused = `${fault.message} ${fault.xmlStatus ?? ""}`;
    answer = { status: 403, body: JSON.stringify({ refused }) };
  }
  const { location, body = "", type = "application/json" } = answer;
  const status = answer.status ?? (location ? 302 : 200);
  const headers = { "Content-Type": type, "Set-Cookie": `${COOKIE}=${id}; Path=/; HttpOnly` };
  response.writeHead(status, location ? { ...headers, Location: location } : headers).end(body);
}).listen(Number(port), "127.0.0.1");
