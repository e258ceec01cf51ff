// SPDX-License-Identifier: Apache-2.0
// Films: how fast a series plays, as its modality means it or as somebody chose.
import { first } from "./exam.js";

// PS3.3 C.7.6.5, C.12.1.1: pictures a second; a picture's time in milliseconds.
const SHOWN = "00082144";
const RATE = "00180040";
const TIME = "00181063";
const OTHERWISE = 15;
const STEPS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60];

/** How many pictures a second are meant; fifteen where the file says nothing. */
export function rateOf(image) {
  const told = [first(image, SHOWN), first(image, RATE), 1000 / Number(first(image, TIME))];
  const rate = told.map(Number).find((one) => Number.isFinite(one) && one > 0) ?? OTHERWISE;
  return Math.min(Math.max(rate, STEPS[0]), STEPS.at(-1));
}

/** The next rate up or down. */
export function stepOf(rate, by) {
  const found = by > 0 ? STEPS.find((one) => one > rate) : STEPS.findLast((one) => one < rate);
  return found ?? rate;
}

/** Beside « Play », while something plays. */
export function bindCine(root, stage, tell) {
  const part = root.querySelector("[data-cine]");
  const told = root.querySelector("[data-rate]");
  root.addEventListener("cine", (event) => {
    const rate = event.detail;
    root.querySelector("[data-act=cine]")?.setAttribute("aria-pressed", String(rate > 0));
    for (const one of part.querySelectorAll("button")) one.hidden = !rate;
    told.hidden = !rate;
    if (!rate) return;
    told.dataset.rate = rate;
    told.textContent = stage.say("rate", { rate: Number(rate.toFixed(1)).toLocaleString() });
    tell("rate", { rate: told.dataset.rate });
  });
}
