// As soon as an address is typed whose people log in elsewhere, its button is shown. Without this
// file the page offers it with its answer.

const offers = document.querySelector("[data-offers]");
const input = document.getElementById("identifier");
const blocks = [...(offers?.querySelectorAll("[data-domains]") ?? [])];

const follow = () => {
  const at = input.value.lastIndexOf("@");
  const domain = at > 0 ? input.value.slice(at + 1).trim().toLowerCase() : "";
  for (const one of blocks) {
    one.hidden = !domain || !one.dataset.domains.split(" ").includes(domain);
  }
};

if (input) {
  input.addEventListener("input", follow);
  // What the browser filled in by itself, or kept while the person was elsewhere.
  input.addEventListener("change", follow);
  window.addEventListener("pageshow", follow);
}
