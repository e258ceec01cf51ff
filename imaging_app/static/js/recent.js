// SPDX-License-Identifier: Apache-2.0
// The latest searches of one person on this device: encrypted under a key that never leaves the
// browser, ten at most, for twelve hours at most, thrown away with the session. Its end lies beside
// the key: after it nothing is read, even where no page of the portal was open to throw it away.

const DATABASE = "portal-recent";
const MOST = 10;
const LIFE = 12 * 3600 * 1000;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function opened() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("keys");
    request.result.createObjectStore("searches", { autoIncrement: true });
  };
  const database = await done(request);
  // Another tab that throws it away must not wait for this one.
  database.onversionchange = () => database.close();
  return database;
}

async function withStore(name, mode, work) {
  const database = await opened();
  try {
    return await work(database.transaction(name, mode).objectStore(name));
  } finally {
    database.close();
  }
}

// Whose page this is: what somebody else left here is nothing to them.
const whose = () => document.getElementById("session-timer")?.dataset.whose ?? "";

// When this page's session ends, as far as it was told.
let end = 0;

async function clear() {
  await withStore("keys", "readwrite", (store) => done(store.clear()));
  await withStore("searches", "readwrite", (store) => done(store.clear()));
}

async function keptKey(now) {
  const [key, owner, until] = await withStore("keys", "readonly", (store) =>
    Promise.all(["key", "whose", "until"].map((name) => done(store.get(name)))),
  );
  // The page without a network is nobody's: it shows what the last one here has not thrown away.
  const ours = !whose() || owner === whose();
  if (!key || (ours && now < until)) return key;
  await clear();
  return undefined;
}

// The session ends then; what an earlier one left is not taken along.
export async function lasts(until) {
  end = until;
  if (!(await keptKey(Date.now()))) return;
  await withStore("keys", "readwrite", (store) => done(store.put(until, "until")));
}

async function key(now) {
  const known = await keptKey(now);
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await withStore("keys", "readwrite", (store) =>
    Promise.all([done(store.put(made, "key")), done(store.put(whose(), "whose")), done(store.put(end, "until"))]),
  );
  return made;
}

async function rows() {
  const found = await withStore("searches", "readonly", (store) =>
    Promise.all([done(store.getAllKeys()), done(store.getAll())]),
  );
  return found[0].map((number, place) => ({ number, ...found[1][place] }));
}

async function drop(numbers) {
  if (!numbers.length) return;
  await withStore("searches", "readwrite", (store) => Promise.all(numbers.map((one) => done(store.delete(one)))));
}

// What can be read of them, the newest first; whatever is too old, too many or unreadable is thrown away.
async function read(now) {
  const secret = await keptKey(now);
  if (!secret) return [];
  const found = [];
  const bad = [];
  for (const row of (await rows()).reverse()) {
    const fresh = row.at <= now && now - row.at < LIFE;
    try {
      if (!fresh || found.length === MOST) throw new Error("not kept");
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, secret, row.sealed);
      found.push({ number: row.number, search: JSON.parse(new TextDecoder().decode(plain)) });
    } catch {
      bad.push(row.number);
    }
  }
  await drop(bad);
  return found;
}

export async function searches(now = Date.now()) {
  return (await read(now)).map((one) => one.search);
}

// `search`: what is shown of it, and the address that leads back to it: { text, more, address }.
export async function remember(search, now = Date.now()) {
  const secret = await key(now);
  const known = await read(now);
  await drop(known.filter((one) => one.search.address === search.address).map((one) => one.number));
  await put(secret, search, now);
  await read(now);
}

async function put(secret, search, at) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(search));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, secret, plain);
  await withStore("searches", "readwrite", (store) => done(store.add({ at, iv, sealed })));
}

// The key first: whatever else stays behind is noise without it.
export async function forget() {
  if (!("indexedDB" in globalThis)) return;
  await clear();
  await done(indexedDB.deleteDatabase(DATABASE));
}
