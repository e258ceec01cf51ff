// SPDX-License-Identifier: Apache-2.0
// The session's timer. The server alone ends a session; this shows when, warns before, extends it by
// what people do, and takes the page off the screen at the end.

import { forget, lasts } from "./recent.js";

const WARNING = 120;
const LAST_WORDS = 30;
// At most so often does what people do reach the server, and is the server asked how it stands.
const EXTEND_EVERY = 60_000;
const ASK_EVERY = 60_000;
const ACTIONS = ["keydown", "pointerdown", "wheel", "touchstart"];
const EXPIRED = "/session-expired";

const timer = document.getElementById("session-timer");
const clock = document.getElementById("session-clock");
const warning = document.getElementById("session-warning");
const warningClock = document.getElementById("session-warning-clock");
const said = document.getElementById("session-warning-said");
const lastWords = document.getElementById("session-final");
const forms = document.querySelectorAll("input[name=form_token]");
const whose = timer.dataset.whose;
const others = "BroadcastChannel" in window ? new BroadcastChannel("portal-session") : null;

let end = 0;
let final = timer.dataset.final === "yes";
let extended = Date.now();
let asked = Date.now();
let over = false;
let token = document.querySelector("#logout input[name=form_token]").value;

const left = () => Math.max(0, Math.ceil((end - Date.now()) / 1000));
const two = (number) => String(number).padStart(2, "0");
const written = (seconds) => `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;

function endsIn(seconds, tellOthers = true) {
  end = Date.now() + seconds * 1000;
  lasts(end).catch(() => {});
  if (tellOthers) others?.postMessage({ end, final, whose });
  show();
}

function show() {
  const seconds = left();
  clock.textContent = written(seconds);
  clock.setAttribute("datetime", `PT${seconds}S`);
  warningClock.textContent = clock.textContent;
  timer.classList.toggle("timer-low", seconds <= WARNING);
  const soon = seconds <= WARNING && seconds > 0;
  if (soon && !final) warn(seconds);
  else if (warning.open) calm();
  // Nothing puts this end off: nobody is asked anything, nor stopped in what they do.
  if (lastWords.hidden === (soon && final)) {
    lastWords.hidden = !lastWords.hidden;
    lastWords.textContent = lastWords.hidden ? "" : lastWords.dataset.text;
  }
}

function warn(seconds) {
  if (!warning.open) {
    warning.showModal();
    said.textContent = said.dataset.minutes;
  }
  if (seconds <= LAST_WORDS) said.textContent = said.dataset.seconds;
}

function calm() {
  warning.close();
  said.textContent = "";
}

// Nothing of anybody stays on the screen, nor behind the back button.
async function leave({ tellOthers = true, forgets = true, why = "" } = {}) {
  if (over) return;
  over = true;
  if (tellOthers) others?.postMessage({ over, whose, why });
  document.body.replaceChildren();
  document.title = "";
  if (forgets) await forget().catch(() => {});
  const next = encodeURIComponent(location.pathname + location.search);
  location.replace(`${EXPIRED}?next=${next}${why && `&why=${why}`}`);
}

async function reach(options) {
  asked = Date.now();
  let answer;
  try {
    answer = await fetch("/session", { cache: "no-store", ...options });
  } catch {
    // No network: the count goes on from what was known.
    return false;
  }
  if (answer.status === 401) {
    // Where the count had come to its end, that is why; else it was ended elsewhere.
    await leave({ why: left() === 0 ? reason() : "" });
    return false;
  }
  if (!answer.ok) return false;
  const told = await answer.json();
  if (told.whose !== whose) {
    // Somebody else has logged in, in another tab: what they keep stays theirs.
    await leave({ tellOthers: false, forgets: false });
    return false;
  }
  take(told.token);
  final = told.final;
  endsIn(told.left);
  return true;
}

const reason = () => (final ? "long" : "idle");

// The same person may have a new session since this page was made.
function take(current) {
  token = current;
  for (const field of forms) field.value = current;
}

const ask = () => reach({});
const stay = () => reach({ method: "POST", body: new URLSearchParams({ form_token: token }) });

async function extend() {
  extended = Date.now();
  const before = token;
  if (await stay()) return true;
  return !over && (await ask()) && token !== before && stay();
}

function act() {
  // The warning asks for an answer: a hand that brushes the mouse is none.
  if (over || warning.open || Date.now() - extended < EXTEND_EVERY) return;
  extend();
}

async function tick() {
  if (over) return;
  show();
  if (left() === 0) {
    // Another tab may have extended it while this one slept.
    if (!(await ask())) await leave({ why: reason() });
  } else if (Date.now() - asked >= ASK_EVERY) {
    await ask();
  }
}

others?.addEventListener("message", ({ data }) => {
  if (over) return;
  if (data.whose !== whose) ask();
  else if (data.over) leave({ tellOthers: false, why: data.why });
  else {
    end = data.end;
    final = data.final;
    show();
  }
});
for (const action of ACTIONS) addEventListener(action, act, { passive: true, capture: true });
document.getElementById("session-stay").addEventListener("click", extend);
// Escape closes a dialog: here it is an answer, too.
warning.addEventListener("cancel", (event) => {
  event.preventDefault();
  extend();
});
document.getElementById("logout").addEventListener("submit", () => {
  others?.postMessage({ over: true, whose, why: "" });
  forget().catch(() => {});
});
// A page that comes back from the browser's own memory, or from a machine that slept, asks first.
addEventListener("pageshow", (event) => {
  if (event.persisted) ask();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") ask();
});

timer.hidden = false;
endsIn(Number(timer.dataset.left));
setInterval(tick, 1000);
