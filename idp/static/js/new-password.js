// Shows which rules a new password meets while it is typed. The server decides.
const part = document.querySelector("[data-new-password]");
const form = part.closest("form");
const input = part.querySelector("input[name=password]");
const words = part.querySelector("[data-words]").dataset;
const meter = part.querySelector("[data-strength]");
const told = part.querySelector("[data-told]");
const rules = [...part.querySelectorAll("[data-rule]")];
// Long enough not to ask at each key, short enough to answer a pause.
const PAUSE = 350;

const count = (text, pattern) => (text.match(pattern) ?? []).length;
const looked = {
  length: (text) => [...text.normalize("NFC")].length,
  digit: (text) => count(text, /\p{Nd}/gu),
  lower: (text) => count(text, /\p{Ll}/gu),
  upper: (text) => count(text, /\p{Lu}/gu),
  other: (text) => count(text, /[^\p{L}\p{Nd}]/gu),
};

const show = (rule, state) => {
  if (rule.dataset.state === state) return;
  rule.dataset.state = state;
  rule.className = `rule rule-${state}`;
  rule.querySelector("[data-rule-told]").textContent = state === "open" ? "" : ` ${words[state]}`;
};

// What can be counted is shown at once.
const look = () => {
  for (const rule of rules) {
    const measure = looked[rule.dataset.rule];
    // Whether it was used before is said once the form is sent, and of that password alone.
    if (input.value === "" || rule.dataset.rule === "history") show(rule, "open");
    else if (measure) show(rule, measure(input.value) >= Number(rule.dataset.needed) ? "met" : "unmet");
  }
};

// Its place is kept from the beginning, so that nothing moves when it is filled.
meter.hidden = !rules.some((rule) => rule.dataset.rule === "strength");

const showStrength = (score) => {
  meter.classList.toggle("strength-told", score !== null);
  if (score === null) return;
  meter.dataset.score = score;
  meter.querySelector("[data-strength-word]").textContent = words.strengths.split("|")[score];
};

// Read aloud once a pause, and only what has changed.
const tell = (score) => {
  const met = rules.filter((rule) => rule.dataset.state === "met").length;
  const sentence = score === null ? words.countOnly : words.count;
  const text = sentence
    .replace("{word}", score === null ? "" : words.strengths.split("|")[score])
    .replace("{met}", met)
    .replace("{all}", rules.length);
  if (told.textContent !== text) told.textContent = text;
};

// What only the server can tell: asked in a pause, one question at a time. What it said last stays
// until it answers again, so that nothing flickers; without an answer it is open.
const forget = () => {
  for (const rule of rules) if (!looked[rule.dataset.rule]) show(rule, "open");
  showStrength(null);
};

let waiting;
let question;
const ask = async () => {
  question = new AbortController();
  const typed = input.value;
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, password: typed });
  try {
    const signal = AbortSignal.any ? AbortSignal.any([question.signal, AbortSignal.timeout(10000)]) : question.signal;
    const answer = await fetch(part.dataset.look, { method: "POST", body, redirect: "error", signal });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const { rules: states, strength } = await answer.json();
    if (input.value !== typed) return;
    for (const rule of rules) show(rule, states[rule.dataset.rule] ?? "open");
    showStrength(strength);
    tell(strength);
  } catch (fault) {
    if (fault.name !== "AbortError") forget();
  }
};

input.addEventListener("input", () => {
  look();
  clearTimeout(waiting);
  question?.abort();
  if (input.value === "") {
    forget();
    told.textContent = "";
  } else {
    waiting = setTimeout(ask, PAUSE);
  }
});
