// SPDX-License-Identifier: Apache-2.0
// The tools as buttons: one stop for the Tab key, arrows inside (WAI-ARIA, toolbar pattern).

const ACTS = {
  invert: (stage) => stage.invert(),
  turn: (stage) => stage.turn(),
  "flip-horizontal": (stage) => stage.flip("flipHorizontal"),
  "flip-vertical": (stage) => stage.flip("flipVertical"),
  reset: (stage) => stage.reset(),
  cine: (stage) => stage.toggleCine(),
  slower: (stage) => stage.pace(-1),
  faster: (stage) => stage.pace(1),
  mpr: (stage) => stage.mpr.toggle(),
  print: () => print(),
};

export function bindToolbar(root, stage, tell) {
  const bars = [...root.querySelectorAll("[role=toolbar]")];
  for (const bar of bars) rove(bar, [...bar.querySelectorAll("button")]);
  const press = (kind, name) => {
    for (const one of root.querySelectorAll(`[role=toolbar] [data-${kind}]`)) {
      one.setAttribute("aria-pressed", String(one.dataset[kind] === name));
    }
  };
  press("tool", stage.hand.held);
  const click = (event) => {
    const { tool, act, preset, panes } = event.target.closest("button")?.dataset ?? {};
    if (tool) {
      stage.hand.hold(tool);
      press("tool", tool);
    }
    if (act === "hide") hide(root, event.target.closest("button"));
    else if (act === "full") fill(root);
    else if (act) ACTS[act]?.(stage);
    if (preset) stage.window(preset);
    if (panes) {
      // So many of what came, and no planes of it.
      stage.mpr.leave();
      stage.layOut(Number(panes));
      press("panes", panes);
    }
  };
  for (const bar of bars) bar.addEventListener("click", click);
  root.addEventListener("tool", (event) => {
    stage.hand.hold(event.detail);
    press("tool", event.detail);
    tell(`tool-${event.detail}`);
  });
  root.addEventListener("planes", ({ detail: open }) => {
    press("panes", open ? "" : String(stage.panes.length));
    for (const one of root.querySelectorAll("[data-tool=lines]")) one.hidden = !open;
  });
  root.addEventListener("pane", (event) => {
    const modality = event.detail?.series?.modality;
    for (const one of root.querySelectorAll("[data-preset]")) one.hidden = modality !== "CT";
  });
}

/** The keys and gestures; a browser that knows what the button commands opens them by itself. */
export function bindHelp(root) {
  const dialog = root.querySelector("#viewer-help");
  const button = root.querySelector("[data-help]");
  button.addEventListener("click", () => button.commandForElement || dialog.open || dialog.showModal());
}

/** Names and numbers of the patient leave the screen, for whoever looks over a shoulder. */
function hide(root, button) {
  if (root.dataset.state === "closed") return;
  const hidden = root.toggleAttribute("data-hidden");
  button.setAttribute("aria-pressed", String(hidden));
  // The window's own name is on the screen, too.
  root.dataset.title ||= document.title;
  document.title = hidden ? "" : root.dataset.title;
}

function fill(root) {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen?.();
}

function rove(bar, buttons) {
  const shown = () => buttons.filter((one) => !one.hidden && !one.disabled);
  const settle = (chosen) => {
    for (const one of buttons) one.tabIndex = one === chosen ? 0 : -1;
  };
  settle(buttons[0]);
  bar.addEventListener("focusin", (event) => settle(event.target.closest("button")));
  bar.addEventListener("keydown", (event) => {
    const all = shown();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    all[(to + all.length) % all.length].focus();
  });
}
