// SPDX-License-Identifier: Apache-2.0
// The page without a network: what was searched for lately, from the browser's own store.

import { searches } from "./recent.js";

const found = await searches().catch(() => []);
const list = document.getElementById("recent-list");
for (const one of found) {
  const item = document.createElement("li");
  item.textContent = [one.text, one.more].filter(Boolean).join(" · ");
  list.append(item);
}
document.getElementById("recent").hidden = !found.length;

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
