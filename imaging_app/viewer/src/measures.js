// SPDX-License-Identifier: Apache-2.0
// Measures as a list beside the picture: to be read by everybody, found again, and taken away.
import { eventTarget } from "@cornerstonejs/core";
import { Enums, annotation } from "@cornerstonejs/tools";

import { seriesOf } from "./exam.js";
import { readOf, textOf } from "./readings.js";
import { TOOLS } from "./tools.js";
import { words } from "./told.js";

const { ANNOTATION_COMPLETED, ANNOTATION_MODIFIED, ANNOTATION_REMOVED } = Enums.Events;
const KINDS = Object.fromEntries(Object.entries(TOOLS).map(([ours, theirs]) => [theirs, ours]));

export function bindMeasures(root, stage, tell) {
  const list = root.querySelector("[data-measures]");
  const empty = root.querySelector("[data-no-measures]");
  const say = words(root);
  // Once a frame at most, and always after the last change: what is told is what is drawn.
  let asked = 0;
  const draw = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(drawAll);
  };
  const drawAll = () => {
    if (root.dataset.state === "closed") return;
    const all = annotation.state.getAllAnnotations().filter((one) => readOf(one));
    list.replaceChildren(...all.map((one) => row(one)));
    empty.hidden = all.length > 0;
  };
  const row = (one) => {
    const line = root.querySelector("template[data-measure]").content.firstElementChild.cloneNode(true);
    const kind = KINDS[one.metadata.toolName];
    const id = one.metadata.referencedImageId;
    const series = seriesOf(stage.exam, id);
    const at = stage.ids.get(series?.uid)?.indexOf(id) ?? -1;
    line.querySelector("[data-what]").textContent = `${say(`tool-${kind}`)} : ${textOf(readOf(one), say)}`;
    const go = line.querySelector("[data-go]");
    // Its number alone would lead to another image once another series is shown.
    go.textContent = at < 0 ? "" : `${series.description || series.number} · ${say("image", { at: at + 1 })}`;
    go.addEventListener("click", () => at >= 0 && stage.goToImage(id));
    line.querySelector("[data-drop]").addEventListener("click", () => {
      annotation.state.removeAnnotation(one.annotationUID);
      stage.engine.render();
      draw();
    });
    line.dataset.kind = kind;
    line.dataset.value = String(readOf(one).value);
    return line;
  };
  eventTarget.addEventListener(ANNOTATION_COMPLETED, (event) => {
    draw();
    requestAnimationFrame(() => tell("measured", { what: textOf(readOf(event.detail.annotation), say) }));
  });
  eventTarget.addEventListener(ANNOTATION_MODIFIED, draw);
  eventTarget.addEventListener(ANNOTATION_REMOVED, draw);
  root.addEventListener("pane", draw);
  draw();
}
