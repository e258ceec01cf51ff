// SPDX-License-Identifier: Apache-2.0
// What happens when the door closes while somebody looks: nothing of the exam stays on the screen.
import { cache, getRenderingEngines, imageLoadPoolManager } from "@cornerstonejs/core";

/** The server no longer hands out this exam. */
export class Closed extends Error {
  constructor(status) {
    super(`closed: ${status}`);
    this.status = status;
  }
}

/** Whether an answer means that the person may not go on, and not that something broke. */
export function isClosed(status) {
  return status === 401 || status === 403;
}

const GONE = "[data-pictures], [data-patient], [data-first], [data-mpr-waiting], [data-mpr-why], [role=toolbar], template";
const EVERY = 10000;
// Whoever scrolls is asked about sooner: what they see was fetched before, maybe long ago.
const WHILE_SCROLLING = 1000;

/**
 * Whether the server still says yes, asked again and again: pictures that are here already would be
 * shown for as long as the page is open. A server that gives no answer says nothing.
 */
export function staysOpen(root, stop) {
  const { alive } = root.dataset;
  if (!alive) return;
  const ask = async () => {
    if (root.dataset.state === "closed" || document.visibilityState === "hidden") return;
    const answer = await fetch(alive, { cache: "no-store", redirect: "manual" }).catch(() => null);
    if (!answer) return;
    if (answer.type === "opaqueredirect") stop(401);
    else if (isClosed(answer.status)) stop(answer.status);
  };
  let next = 0;
  let waiting = 0;
  const askSoon = () => {
    if (waiting) return;
    const then = () => {
      waiting = 0;
      next = Date.now() + WHILE_SCROLLING;
      ask();
    };
    waiting = setTimeout(then, Math.max(0, next - Date.now()));
  };
  document.addEventListener("visibilitychange", ask);
  addEventListener("pageshow", ask);
  root.addEventListener("drawn", askSoon);
  root.addEventListener("pane", ask);
  setInterval(ask, EVERY);
}

/** What ends the viewer: pictures gone from screen and memory, and the page says where to go on. */
export function stopOn(root) {
  return (status) => {
    if (root.dataset.state === "closed") return;
    root.dataset.state = "closed";
    imageLoadPoolManager.clearRequestStack("prefetch");
    imageLoadPoolManager.clearRequestStack("interaction");
    for (const engine of getRenderingEngines() ?? []) engine.destroy();
    cache.purgeCache();
    root.dispatchEvent(new CustomEvent("closed"));
    document.title = "";
    // Hidden names wait here to be shown again, and in what panes are made of.
    delete root.dataset.title;
    for (const gone of root.querySelectorAll(GONE)) gone.remove();
    const which = isClosed(status) ? (status === 401 ? "ended" : "refused") : "failed";
    for (const message of root.querySelectorAll("[data-closed]")) {
      message.hidden = message.dataset.closed !== which;
      if (!message.hidden) message.focus();
    }
  };
}
