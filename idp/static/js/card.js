// The card in a reader: asks the agent of this workstation how reader and card are doing, and has it
// sign what the server asks. The PIN is typed in the agent's own window; it never comes by here.

import { PATIENCE, VERSION, post } from "./agent.js";

const EVERY = 1000;

const form = document.querySelector("form[data-card]");
const said = form.querySelector("[data-said]");
const button = form.querySelector("button[name=way]");
const agents = form.dataset.agents.split(" ");

let agent = null;
let now = "";
let trouble = "";
let busy = false;

// Texts are filled in as texts: what an agent says is never read as HTML.
const fill = (part, facts) => {
  for (const place of part.querySelectorAll("p")) {
    place.textContent.replace(/⟨(\w+)⟩/g, (mark, name) => {
      place.textContent = place.textContent.replace(mark, facts[name] ?? "");
    });
  }
};

const show = (word, facts = {}) => {
  const key = JSON.stringify([word, facts, trouble]);
  if (key === now) return;
  now = key;
  const parts = [trouble, word].filter(Boolean).map((each) => {
    const found = form.querySelector(`template[data-says="${each}"]`);
    const part = (found ?? form.querySelector("template[data-says=failed]")).content.cloneNode(true);
    fill(part, facts);
    return part;
  });
  said.replaceChildren(...parts);
  form.dataset.state = word;
};

const setReady = (ready) => {
  if (ready) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
};

// A card can be used in one of the first two; not every card tells how many tries are left.
const USABLE = ["present", "untold"];
const ORDER = [...USABLE, "reading", "last-try", "blocked", "mute"];

const wordOf = ({ card, tries }) => {
  if (card !== "present") return card;
  if (tries === 0) return "blocked";
  if (tries === 1) return "last-try";
  return Number.isInteger(tries) ? "present" : "untold";
};

// Of several cards the best one is shown, which is also the one that the agent has sign.
const stateOf = (readers) => {
  if (readers.length === 0) return ["no-reader"];
  const words = readers.map(wordOf);
  const word = ORDER.find((one) => words.includes(one));
  if (!word) return ["no-card"];
  if (!USABLE.includes(word)) return [word];
  const { label, serial, tries } = readers[words.indexOf(word)];
  return [word, { card: label || serial || "–", tries: String(tries) }];
};

const ask = async (address) => {
  const signal = AbortSignal.timeout(PATIENCE);
  const { status, told } = await post(address, "/v1/state", {}, signal);
  if (status !== 200 || told.version !== VERSION) throw new Error("version");
  return told.readers;
};

// The agent that answered last comes first; the others are only asked when it is gone.
const look = async () => {
  let without = "no-agent";
  for (const address of agent ? [agent, ...agents] : agents) {
    try {
      const readers = await ask(address);
      agent = address;
      return stateOf(readers);
    } catch (fault) {
      if (fault.message === "version") without = "other-version";
    }
  }
  agent = null;
  return [without];
};

const refresh = async () => {
  if (busy || document.hidden) return;
  const [word, facts] = await look();
  if (busy) return;
  show(word, facts);
  setReady(USABLE.includes(word));
};

// Asked for when it is needed: a statement is good for two minutes.
const statement = async () => {
  const answer = await fetch(form.dataset.statement, { cache: "no-store" });
  if (!answer.ok) throw new Error("statement");
  return (await answer.json()).statement;
};

const KNOWN = {
  "no-reader": "removed",
  "no-card": "removed",
  cancelled: "cancelled",
  busy: "busy",
  "too-often": "too-often",
  version: "version",
  "last-try": "",
  blocked: "",
};

const logIn = async () => {
  busy = true;
  trouble = "";
  setReady(false);
  show("asking");
  try {
    const asked = await statement();
    const { status, told } = await post(agent, "/v1/sign", { statement: asked });
    if (status === 200) {
      show("sending");
      form.elements.statement.value = asked;
      form.elements.answer.value = told.answer;
      form.submit();
      return;
    }
    trouble = KNOWN[told.error] ?? "failed";
  } catch {
    trouble = "failed";
  }
  busy = false;
  await refresh();
};

form.addEventListener("submit", (event) => {
  // The other way, by the browser's own dialogue, needs nothing of this.
  if (event.submitter !== button) return;
  event.preventDefault();
  if (!busy && button.getAttribute("aria-disabled") !== "true") logIn();
});

// Coming back by the browser's button must find a form that works.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) busy = false;
});

const watch = async () => {
  await refresh();
  setTimeout(watch, EVERY);
};

setReady(false);
show("looking");
watch();
