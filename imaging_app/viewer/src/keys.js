// SPDX-License-Identifier: Apache-2.0
// The keyboard. Single letters can be switched off (WCAG 2.1.4): somebody dictates, and is not typing.

const STORED = "imaging-keys";

export function bindKeys(root, stage) {
  const letters = root.querySelector("[data-letters]");
  letters.checked = localStorage.getItem(STORED) !== "off";
  letters.addEventListener("change", () => {
    localStorage.setItem(STORED, letters.checked ? "on" : "off");
  });
  // Before the picture's own listener, which takes every key for itself.
  const press = (event) => {
    if (root.dataset.state === "closed" || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select, dialog, [role=toolbar], .series-list")) return;
    const done = move(event, stage) || (letters.checked && letter(event, root, stage));
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  root.addEventListener("keydown", press, true);
}

function move(event, stage) {
  const shifted = {
    ArrowUp: () => stage.nudge(0, 1),
    ArrowDown: () => stage.nudge(0, -1),
    ArrowRight: () => stage.nudge(1, 0),
    ArrowLeft: () => stage.nudge(-1, 0),
  };
  const plain = {
    ArrowUp: () => stage.scroll(-1),
    ArrowDown: () => stage.scroll(1),
    PageUp: () => stage.scroll(-10),
    PageDown: () => stage.scroll(10),
    Home: () => stage.goTo(0),
    End: () => stage.goTo(Infinity),
  };
  const act = (event.shiftKey ? shifted : plain)[event.key];
  act?.();
  return Boolean(act);
}

function letter(event, root, stage) {
  const tool = (name) => () => root.dispatchEvent(new CustomEvent("tool", { detail: name }));
  const press = (name) => () => root.querySelector(name)?.click();
  const acts = {
    "+": () => stage.zoom(1.2),
    "-": () => stage.zoom(1 / 1.2),
    w: tool("window"),
    p: tool("pan"),
    z: tool("zoom"),
    s: tool("scroll"),
    m: tool("length"),
    a: tool("angle"),
    e: tool("ellipse"),
    i: () => stage.invert(),
    t: () => stage.turn(),
    h: () => stage.flip("flipHorizontal"),
    v: () => stage.flip("flipVertical"),
    r: () => stage.reset(),
    c: () => stage.toggleCine(),
    "<": () => stage.pace(-1),
    ">": () => stage.pace(1),
    x: press("[data-act=hide]"),
    k: press("[data-act=star]"),
    o: press("[data-act=mpr]:not([hidden])"),
    l: press("[data-tool=lines]:not([hidden])"),
    "?": press("[data-help]"),
  };
  const presets = [...root.querySelectorAll("[data-preset]:not([hidden])")];
  const act = presets[Number(event.key) - 1] ? () => presets[Number(event.key) - 1].click() : acts[event.key.toLowerCase()];
  act?.();
  return Boolean(act);
}
