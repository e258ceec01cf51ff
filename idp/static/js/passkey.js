// Passkeys: asks the browser, puts its answer into the form, and says calmly when none comes.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

const toText = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

// The options travel as JSON, in which bytes are text.
const readOptions = (form) => {
  const options = JSON.parse(form.dataset.options);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const one of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) {
    one.id = toBytes(one.id);
  }
  return options;
};

// Written out by hand: toJSON() fails on the objects that some password managers put in its place.
const describe = ({ id, rawId, type, response }) => {
  const told = { clientDataJSON: toText(response.clientDataJSON) };
  if (response.attestationObject) {
    told.attestationObject = toText(response.attestationObject);
    told.transports = response.getTransports?.() ?? [];
  } else {
    told.authenticatorData = toText(response.authenticatorData);
    told.signature = toText(response.signature);
    if (response.userHandle?.byteLength) told.userHandle = toText(response.userHandle);
  }
  return JSON.stringify({ id, rawId: toText(rawId), type, response: told });
};

const WORDS = {
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "known",
};

const say = (form, word) => {
  const said = form.querySelector("[data-said]");
  const found =
    form.querySelector(`template[data-says="${word}"]`) ??
    form.querySelector("template[data-says=failed]");
  said.replaceChildren(...(word ? [found.content.cloneNode(true)] : []));
};

const setBusy = (form, busy) => {
  form.toggleAttribute("data-busy", busy);
  for (const button of form.querySelectorAll("button[type=submit]")) {
    button.toggleAttribute("data-pressed", busy);
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
};

const send = (form, credential) => {
  form.elements.credential.value = describe(credential);
  // Without another `submit` event: this is the answer to the one that began it.
  HTMLFormElement.prototype.submit.call(form);
};

const ask = async (form) => {
  setBusy(form, true);
  say(form, "");
  try {
    const publicKey = readOptions(form);
    const asked =
      form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey })
        : navigator.credentials.get({ publicKey });
    send(form, await asked);
  } catch (fault) {
    setBusy(form, false);
    say(form, WORDS[fault.name] ?? "failed");
  }
};

// Offered among what the browser proposes for the identifier; it waits for as long as it takes.
const offerQuietly = async (form) => {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  try {
    const publicKey = readOptions(form);
    delete publicKey.timeout;
    send(form, await navigator.credentials.get({ publicKey, mediation: "conditional" }));
  } catch {
    // Whoever does not take it up has lost nothing: the form is there.
  }
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const quiet = form.dataset.passkey === "quiet";
  if (!window.PublicKeyCredential) {
    if (quiet) continue;
    say(form, "unsupported");
    for (const button of form.querySelectorAll("button[type=submit]")) button.hidden = true;
  } else if (quiet) {
    offerQuietly(form);
  } else {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.hasAttribute("data-busy")) ask(form);
    });
  }
  // Coming back by the browser's button must find a form that works.
  window.addEventListener("pageshow", () => setBusy(form, false));
}
