// Small comforts. Every page works without this file.

const needing = document.querySelectorAll("[data-needs-script]");
for (const part of needing) part.hidden = false;

// « Afficher les caractères »
for (const secret of document.querySelectorAll("[data-secret]")) {
  const input = secret.querySelector("input[type=password]");
  const toggle = secret.querySelector("[data-secret-toggle]");
  const follow = () => {
    input.type = toggle.checked ? "text" : "password";
  };
  const hide = () => {
    toggle.checked = false;
    follow();
  };
  toggle.addEventListener("change", follow);
  // Sent as a password, so that the browser never keeps it among ordinary text.
  input.form?.addEventListener("submit", hide);
  window.addEventListener("pageshow", hide);
}

// One press, one request: the button shows that work is under way and ignores further presses.
const setBusy = (form, busy) => {
  form.toggleAttribute("data-busy", busy);
  for (const button of form.querySelectorAll("button[type=submit]")) {
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
};

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-busy")) {
      event.preventDefault();
      return;
    }
    event.submitter?.setAttribute("data-pressed", "");
    setBusy(form, true);
  });
}

// Coming back by the browser's button must find a form that works.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    setBusy(form, false);
    form.querySelector("[data-pressed]")?.removeAttribute("data-pressed");
  }
});

// After a refusal, the hand is already where the correction is made: the first wrong field that is
// still empty, or the first wrong one; unless the page itself says where to begin.
if (!document.querySelector("[autofocus]")) {
  const wrong = [...document.querySelectorAll("[aria-invalid=true]")];
  (wrong.find((input) => input.value === "") ?? wrong[0])?.focus();
}
