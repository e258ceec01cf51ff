// SPDX-License-Identifier: Apache-2.0
// Keeps the files of the shell and nothing else. PORTAL, written above by the server: version, offline, shell.
// Whatever is not in that closed list goes to the network and is never kept.

const STORE = `portal-${PORTAL.version}`;
const KEPT = new Set(PORTAL.shell);

self.addEventListener("install", (event) => {
  const files = PORTAL.shell.map(
    // Nobody's cookie: what is kept is the same for everybody.
    (address) => new Request(address, { credentials: "omit", cache: "reload" }),
  );
  event.waitUntil(
    caches
      .open(STORE)
      .then((store) => store.addAll(files))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("portal-") && name !== STORE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const kept = (address) => caches.open(STORE).then((store) => store.match(address));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(async () => (await kept(PORTAL.offline)) ?? Response.error()));
    return;
  }
  const path = address.pathname + address.search;
  if (KEPT.has(path)) {
    event.respondWith(fetch(request).catch(async () => (await kept(path)) ?? Response.error()));
  }
});
