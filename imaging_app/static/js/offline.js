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
addEventListener("online", () => location.reload());
