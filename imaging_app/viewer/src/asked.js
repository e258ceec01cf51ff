// SPDX-License-Identifier: Apache-2.0
// Somebody asks for a picture, and it comes late or not at all: what is on the screen must not be
// taken for it.
import { Enums, eventTarget } from "@cornerstonejs/core";

const { IMAGE_LOAD_ERROR, PRE_STACK_NEW_IMAGE, STACK_VIEWPORT_SCROLL } = Enums.Events;
// Shorter than this nobody sees; until then the picture that is drawn stands under its own number.
const LATE = 150;

/** Remembers what is asked for in a pane; `late` is called where it is not drawn in time. */
export function watchAsked(pane, late) {
  const ask = (id) => {
    if (!id || id === pane.asked) return;
    pane.asked = id;
    wait(pane, late);
  };
  const { element } = pane;
  element.addEventListener(STACK_VIEWPORT_SCROLL, ({ detail }) => ask(detail.imageId));
  element.addEventListener(PRE_STACK_NEW_IMAGE, ({ detail }) => ask(detail.imageId));
}

/** Another picture than the one that is asked for: it may come yet. */
export function wait(pane, late) {
  clearTimeout(pane.late);
  pane.late = setTimeout(() => {
    if (pane.viewport.getCornerstoneImage()?.imageId !== pane.asked) late(pane);
  }, LATE);
}

/** A picture that could not be had: `fail` is called for each pane that waits for it. */
export function watchFailed(panes, fail) {
  eventTarget.addEventListener(IMAGE_LOAD_ERROR, ({ detail }) => {
    for (const pane of panes()) {
      if (detail.imageId && detail.imageId === pane.asked) fail(pane, detail.error);
    }
  });
}
