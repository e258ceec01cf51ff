// SPDX-License-Identifier: Apache-2.0
// What a professional's pages do beyond their HTML: the latest searches of this device, and a code
// that stands in the address behind the #, where no server sees it.

import { remember, searches } from "./recent.js";

const CODE = /^[0-9A-Za-z][0-9A-Za-z \-]{6,14}$/;
const KEPT = "portal-code";

const quietly = (work) => work.catch(() => {});

async function list() {
  const place = document.getElementById("recent-list");
  if (!place) return;
  const found = await searches();
  for (const one of found) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = one.address;
    link.textContent = one.text;
    item.append(link, ` · ${one.more}`);
    place.append(item);
  }
  document.getElementById("recent").hidden = !found.length;
}

async function note() {
  const one = document.getElementById("remember")?.dataset;
  if (one) await remember({ text: one.text, more: one.more, address: one.address });
}

// A slip's address: the code goes into the field, or waits in this tab until somebody is logged in.
function take() {
  const field = document.getElementById("code");
  if (!field && !document.getElementById("code-door")) return;
  const told = decodeURIComponent(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname);
  if (CODE.test(told)) sessionStorage.setItem(KEPT, told);
  if (!field) return;
  const code = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (!code || field.value) return;
  field.value = code;
  document.getElementById("birth_date").focus();
}

try {
  take();
} catch {
  // An address that can't be read holds no code.
}
quietly(note());
quietly(list());
