// Session Management 1.0 §3.2: an application asks by « client_id session_state » whether the session
// is the one that it was told of. Without the cookie nothing is known, and nothing is given away: who
// was told of no session of this browser hears « changed », whether somebody is here or not.

const COOKIE = `${document.documentElement.dataset.cookie}=`;
const ASKED = /^(\S{1,255}) ([\w-]{43})\.([\w-]{22})$/;

const current = () =>
  document.cookie
    .split("; ")
    .find((one) => one.startsWith(COOKIE))
    ?.slice(COOKIE.length);

const digest = async (text) => {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const letters = btoa(String.fromCharCode(...bytes));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const answer = async (asked, origin) => {
  const parts = typeof asked === "string" ? ASKED.exec(asked) : null;
  if (!parts || !crypto.subtle) return "error";
  const [, client, told, salt] = parts;
  const state = current();
  const same = state && (await digest(`${client} ${origin} ${state} ${salt}`)) === told;
  return same ? "unchanged" : "changed";
};

addEventListener("message", async ({ data, origin, source }) => {
  // A page without an origin cannot be answered, and nobody else is.
  if (!source || origin === "null") return;
  source.postMessage(await answer(data, origin), origin);
});
