// SPDX-License-Identifier: Apache-2.0
// The page without a network: what was searched for lately, from the browser's own store.

import { searches } from "./recent.js";

// The session may end while the page stands there.
async function show() {
  const found = await searches().catch(() => []);
  const items = found.map((one) => {
    const item = document.createElement("li");
    item.textContent = [one.text, one.more].filter(Boolean).join(" · ");
    return item;
  });
  document.getElementById("recent-list").replaceChildren(...items);
  document.getElementById("recent").hidden = !found.length;
}
show();
setInterval(show, 10_000);

// Browsers are often wrong about whether there is a network: an answer alone proves it.
async function look() {
  try {
    await fetch("/session", { cache: "no-store" });
    location.reload();
  } catch {
    // Not yet.
  }
}
// Kept for everybody, this page also has an address of its own: there nothing is waited for.
if (location.pathname !== "/offline") {
  addEventListener("online", look);
  setInterval(look, 3000);
}
