// Keys for people who are here all day. Every page works without this file.
// WCAG 2.1.4: keys of one character can be switched off, on this computer.

const OFF = "sceau-keys-off";
const keys = document.getElementById("console-keys");
const keysOn = keys?.querySelector("[data-keys-on]");

const remembered = () => {
  try {
    return localStorage.getItem(OFF);
  } catch {
    return null;
  }
};
if (keysOn) {
  keysOn.checked = remembered() === null;
  keysOn.addEventListener("change", () => {
    try {
      if (keysOn.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "yes");
    } catch {
      // Where nothing may be kept the choice lasts as long as the page.
    }
  });
}

const links = () =>
  [...document.querySelectorAll("[data-row] .row-link")].filter((link) => link.offsetParent);

const move = (by) => {
  const rows = links();
  if (!rows.length) return;
  const now = rows.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by;
  rows[Math.min(Math.max(next, 0), rows.length - 1)].focus();
};

const pressed = {
  "/": () => {
    const search = document.querySelector("[data-search]");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  j: () => move(1),
  k: () => move(-1),
  x: () => document.activeElement?.closest("[data-row]")?.querySelector("[data-pick]")?.click(),
  "?": () => keys?.togglePopover?.(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
  const act = pressed[event.key];
  if (!act || (keysOn && !keysOn.checked)) return;
  if (act() !== false) event.preventDefault();
});

// Rows that are ticked: all at once, and how many.
for (const table of document.querySelectorAll(".grid")) {
  const all = table.querySelector("[data-pick-all]");
  const ticks = [...table.querySelectorAll("[data-pick]")];
  const said = table.closest("form")?.querySelector("[data-batch-count]");
  const plain = said?.textContent;
  const count = () => {
    const chosen = ticks.filter((one) => one.checked).length;
    if (all) {
      all.checked = chosen > 0 && chosen === ticks.length;
      all.indeterminate = chosen > 0 && chosen < ticks.length;
    }
    if (said) said.textContent = chosen ? `${plain} ${chosen}` : plain;
  };
  all?.addEventListener("change", () => {
    for (const one of ticks) one.checked = all.checked;
    count();
  });
  for (const one of ticks) one.addEventListener("change", count);
  window.addEventListener("pageshow", count);
}

// What whoever connects an application types there; without a script it is selected by hand.
for (const button of document.querySelectorAll("[data-copy-from]")) {
  const source = document.getElementById(button.dataset.copyFrom);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.nextElementSibling.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(source);
    }
  });
}
