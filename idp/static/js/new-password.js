// Shows which rules a new password meets while it is typed. The server decides.
const part = document.querySelector("[data-new-password]");
const input = part.querySelector("input[name=password]");
const words = part.querySelector("[data-words]").dataset;

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

const look = () => {
  for (const rule of part.querySelectorAll("[data-rule]")) {
    const measure = looked[rule.dataset.rule];
    // What only the server can tell is open again as soon as something else is typed.
    if (!measure) show(rule, "open");
    else if (input.value === "") show(rule, "open");
    else show(rule, measure(input.value) >= Number(rule.dataset.needed) ? "met" : "unmet");
  }
};
input.addEventListener("input", look);
