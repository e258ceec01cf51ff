// Rows of a form, added and taken out at once. Without this file the same buttons send the form,
// which comes back with a row more or less.

const MARK = "__row__";
const NUMBER = "__n__";
const WHAT = "__what__";

// What the blank row calls its fields, by the number of the new one.
const numbered = (row, number) => {
  for (const one of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of one.attributes) {
      if (attribute.value.includes(MARK)) {
        attribute.value = attribute.value.replaceAll(MARK, number);
      }
    }
  }
  return row;
};

for (const list of document.querySelectorAll("[data-rows]")) {
  const blank = document.getElementById(`row-${list.id}`);
  const inside = list.querySelector("[data-rows-list]");
  const add = list.querySelector("[data-row-add]");
  const said = list.querySelector("[data-rows-said]");
  const rows = () => [...inside.querySelectorAll("[data-row]")];
  let next = rows().length;

  // Each is called by where it stands.
  const named = () => {
    for (const [at, row] of rows().entries()) {
      const title = blank.dataset.each.replace(NUMBER, at + 1);
      row.setAttribute("aria-label", title);
      for (const one of row.querySelectorAll("[data-row-title]")) one.textContent = title;
      const label = row.querySelector("label.field-label");
      if (label) label.textContent = title;
    }
  };

  // One of all rows is the usual one: never none.
  const chosen = () => {
    const picks = [...inside.querySelectorAll("input[type=radio]")];
    if (picks.length && !picks.some((one) => one.checked)) picks[0].checked = true;
  };

  const usual = (select) => {
    const name = select.closest("[data-row]").querySelector("[data-usual-here]");
    if (name) name.placeholder = select.selectedOptions[0]?.dataset.usual ?? "";
  };

  for (const row of inside.querySelectorAll("[data-spare]")) row.remove();

  add.addEventListener("click", (event) => {
    event.preventDefault();
    const row = numbered(blank.content.querySelector("[data-row]").cloneNode(true), next);
    next += 1;
    inside.append(row);
    named();
    chosen();
    row.querySelector("input:not([type=radio]), select, textarea").focus();
  });

  inside.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-remove]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    const title = row.getAttribute("aria-label");
    const after = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    named();
    chosen();
    said.textContent = list.dataset.said.replace(WHAT, title);
    (after?.querySelector("[data-row-remove]") ?? add).focus();
  });

  inside.addEventListener("change", (event) => {
    if (event.target.matches("[data-usually]")) usual(event.target);
  });
}
