// SPDX-License-Identifier: Apache-2.0
// Registers the service worker, which keeps the page for when there is no network.

if ("serviceWorker" in navigator) {
  // Where the browser will not have one, the portal works as before.
  navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => {});
}
