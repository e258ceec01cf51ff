// SPDX-License-Identifier: Apache-2.0
// The code, shown once: copied and printed by buttons that are there only where scripts are.

const code = document.getElementById("the-code").textContent.trim();
const copy = document.getElementById("copy");
const print = document.getElementById("print");

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code);
    document.getElementById("copied").textContent = copy.dataset.done;
    copy.textContent = copy.dataset.done;
  });
}

print.hidden = false;
print.addEventListener("click", () => globalThis.print());
