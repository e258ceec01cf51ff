// SPDX-License-Identifier: Apache-2.0
// What is said aloud: politely, and once a second at most.

const EVERY = 1000;

/** Words of the page, by name, with their places filled in. */
export function words(root) {
  const all = JSON.parse(root.dataset.words);
  return (name, places = {}) =>
    Object.entries(places).reduce(
      (text, [place, value]) => text.replaceAll(`{${place}}`, String(value)),
      all[name] ?? name,
    );
}

/** As it is written in the language of the page, whatever that of the browser is. */
export function number(value, digits = { maximumFractionDigits: 1 }) {
  if (!Number.isFinite(value)) return "—";
  return value.toLocaleString(document.documentElement.lang || undefined, digits).replace("-", "−");
}

/** Says a word of the page where screen readers hear it. */
export function teller(root) {
  const place = root.querySelector("[data-told]");
  const say = words(root);
  let waiting = null;
  let next = 0;
  return (name, places) => {
    clearTimeout(waiting);
    const text = say(name, places);
    const speak = () => {
      next = Date.now() + EVERY;
      place.textContent = text;
    };
    waiting = setTimeout(speak, Math.max(0, next - Date.now()));
  };
}
