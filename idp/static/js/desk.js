// Keeps the desk true: looks every second, and puts in what has changed.

const desk = document.querySelector("[data-desk]");
const news = document.querySelector("[data-news]");
const clock = document.querySelector("[data-time]");
let version = desk.dataset.version;
let known = new Set([...document.querySelectorAll("[data-message]")].map((one) => one.id));

// What is to be copied becomes a button; its text stays what it is.
const makeButtons = (part) => {
  for (const one of part.querySelectorAll("[data-needs-script]")) one.hidden = false;
  for (const span of part.querySelectorAll("span[data-copyable]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = span.className;
    button.dataset.copyable = span.dataset.copyable;
    button.title = desk.dataset.copy;
    button.textContent = span.textContent;
    span.replaceWith(button);
  }
};

const copy = async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copyable);
    button.dataset.state = desk.dataset.copied;
    setTimeout(() => delete button.dataset.state, 1500);
  } catch {
    getSelection().selectAllChildren(button);
  }
};

// What stands open stays open, and the newest letter opens by itself.
const putIn = (fresh) => {
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    // A question that is being answered is left alone.
    if (part.dataset.keep && part.dataset.keep === next.dataset.keep) continue;
    if (next.dataset.keep !== undefined) part.dataset.keep = next.dataset.keep;
    for (const letter of next.querySelectorAll("details")) {
      const before = document.getElementById(letter.id);
      letter.open = before ? before.open : letter.matches(".letter");
    }
    part.replaceChildren(...document.importNode(next, true).childNodes);
    makeButtons(part);
    // The window that opened is what the person waits for.
    const question = part.querySelector("[data-pin] input[type=password]");
    if (question) question.focus();
  }
};

const tellNews = () => {
  const now = [...document.querySelectorAll("[data-message]")];
  const arrived = now.filter((one) => !known.has(one.id));
  for (const one of arrived) one.classList.add("just-arrived");
  if (arrived.length > 0) {
    const said = arrived[0].querySelector(".letter-subject, .message-text").textContent;
    news.textContent = `${desk.dataset.said} ${said}`;
  }
  known = new Set(now.map((one) => one.id));
};

const turnCodes = (codes) => {
  for (const { id, code, left } of codes) {
    const seconds = document.querySelector(`[data-left="${CSS.escape(id)}"]`);
    const shown = seconds?.closest(".otp").querySelector("[data-copyable]");
    if (!shown) continue;
    seconds.textContent = left;
    if (shown.dataset.copyable !== code) {
      shown.dataset.copyable = code;
      shown.textContent = code;
    }
  }
};

const look = async () => {
  try {
    const state = await (await fetch(desk.dataset.desk, { cache: "no-store" })).json();
    if (state.version !== version) {
      const page = await (await fetch(location.pathname, { cache: "no-store" })).text();
      putIn(new DOMParser().parseFromString(page, "text/html"));
      tellNews();
    }
    version = state.version;
    clock.textContent = state.time;
    turnCodes(state.authenticator);
  } catch {
    // The demo is starting anew, or has ended: the next look will tell.
  }
};

const keepLooking = async () => {
  await look();
  setTimeout(keepLooking, 1000);
};

// A press of the hand changes the desk, and leaves the page where it is.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-quiet]");
  if (!form) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const sent = fetch(form.action, { method: "POST", body: fields });
  if (form.matches("[data-pin]")) form.closest("[data-live]").replaceChildren();
  try {
    const fresh = new DOMParser().parseFromString(await (await sent).text(), "text/html");
    // What a device shows is told once, to whoever pressed.
    const screen = form.closest("[data-shown]");
    const next = screen && fresh.querySelector(`[data-shown="${screen.dataset.shown}"]`);
    if (next) {
      screen.replaceChildren(...document.importNode(next, true).childNodes);
      makeButtons(screen);
    }
  } catch {
    // The demo is starting anew, or has ended.
  }
  await look();
});

// The field that keys go to.
let lastDigits = null;

document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (!key) return;
  const fields = [...key.closest("form").querySelectorAll("[data-digits]")];
  const typed = fields.find((one) => one === lastDigits) ?? fields.find((one) => !one.value) ?? fields[0];
  lastDigits = typed;
  typed.value = key.dataset.key === "" ? "" : typed.value + key.dataset.key;
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-digits]")) lastDigits = event.target;
});

// The link beside the account's QR code can be dragged onto the telephone too.
const scan = document.querySelector("[data-scan]");
const field = scan.querySelector("input[name=pasted]");
for (const kind of ["dragenter", "dragover"]) {
  scan.closest("section").addEventListener(kind, (event) => event.preventDefault());
}
scan.closest("section").addEventListener("drop", (event) => {
  event.preventDefault();
  const given = event.dataTransfer.getData("text/uri-list") || event.dataTransfer.getData("text");
  field.value = given.trim();
  scan.requestSubmit();
});

makeButtons(document);
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copyable]");
  if (button) copy(button);
});
keepLooking();
