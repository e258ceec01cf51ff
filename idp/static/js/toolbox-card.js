// The card reader, as its program tells it; and on a press of a button, what the server thinks of the
// card. Nothing secret is asked here: a PIN is typed in the program's own window.

import { PATIENCE, VERSION, post } from "./agent.js";

const box = document.querySelector("[data-toolbox]");
const locale = document.documentElement.lang;
const SOON = 30 * 86_400;
// The best that there is in any reader comes first.
const ORDER = ["present", "mute", "reading", "absent"];

const tell = (key, name, measure = "") => {
  box.dispatchEvent(new CustomEvent("told", { detail: { key, name, measure } }));
};

const form = box.querySelector("[data-trial]");
const button = form?.querySelector("button");
let agent = null;

// It keeps the focus of whoever has just pressed it.
const setReady = (ready) => {
  if (ready) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
};

const skip = (...keys) => {
  for (const key of keys) tell(key, "skipped");
  if (form) tell("trial", "skipped");
};

// The first program that answers; null where there is none.
const find = async () => {
  for (const address of box.dataset.agents.split(" ")) {
    agent = address;
    try {
      return (await post(agent, "/v1/state", {}, AbortSignal.timeout(PATIENCE))).told;
    } catch {
      // Nobody there, or a program that does not speak to this site: the next one may.
    }
  }
  return null;
};

const day = (seconds) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date(seconds * 1000));

const tellValidity = (until) => {
  if (!Number.isFinite(until)) return tell("validity", "untold");
  const left = until - Date.now() / 1000;
  return tell("validity", left <= 0 ? "over" : left < SOON ? "soon" : "valid", day(until));
};

const tellCard = (reader) => {
  if (reader.card !== "present") {
    tell("card", reader.card);
    return skip("validity");
  }
  const name = reader.tries === 0 ? "blocked" : reader.tries === 1 ? "last-try" : "present";
  // Its number: support needs no name.
  tell("card", name, String(reader.serial || "–"));
  if (form) {
    setReady(name === "present");
    tell("trial", name === "present" ? "untried" : "skipped");
  }
  return tellValidity(reader.valid_until);
};

const check = async () => {
  const found = await find();
  if (found === null) {
    tell("agent", "absent");
    return skip("reader", "card", "validity");
  }
  if (found.version !== VERSION || !Array.isArray(found.readers)) {
    tell("agent", "other");
    return skip("reader", "card", "validity");
  }
  tell("agent", "found", String(found.agent));
  if (found.readers.length === 0) {
    tell("reader", "absent");
    return skip("card", "validity");
  }
  tell("reader", "found", found.readers.map((one) => one.name).join(", "));
  const sorted = ORDER.flatMap((state) => found.readers.filter((one) => one.card === state));
  // Of several cards the agent has the first one sign that may still be asked.
  const usable = (one) => one.card === "present" && one.tries !== 0 && one.tries !== 1;
  return tellCard(sorted.find(usable) ?? sorted[0] ?? { card: "mute" });
};

const again = async () => {
  delete box.dataset.cardDone;
  if (form) setReady(false);
  await check();
  box.dataset.cardDone = "";
};

const UNSIGNED = { cancelled: "cancelled", expired: "late" };
const words = () =>
  [...box.querySelectorAll("[data-check=trial] [data-answer]")].map((one) => one.dataset.answer);

// The program asks for the PIN and signs; the server says what it thinks of it.
const tryCard = async () => {
  const asked = await fetch(form.action, { cache: "no-store" });
  const { statement } = await asked.json();
  const { told } = await post(agent, "/v1/sign", { statement });
  if (!told.answer) return UNSIGNED[told.error] ?? "failed";
  const body = new URLSearchParams(new FormData(form));
  body.set("statement", statement);
  body.set("answer", told.answer);
  const judged = await fetch(form.action, { method: "POST", body });
  const { verdict } = await judged.json();
  return words().includes(verdict) ? verdict : "failed";
};

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.getAttribute("aria-disabled") === "true") return;
  setReady(false);
  tell("trial", "asking");
  tell("trial", await tryCard().catch(() => "failed"));
  setReady(true);
});

box.querySelector("[data-again]").addEventListener("click", again);
await again();
