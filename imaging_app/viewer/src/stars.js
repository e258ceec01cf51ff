// SPDX-License-Identifier: Apache-2.0
// Key images: those that somebody wants to find again while they look. They leave with the page.
import { seriesOf } from "./exam.js";
import { words } from "./told.js";

export function bindStars(root, stage) {
  const button = root.querySelector("[data-act=star]");
  const list = root.querySelector("[data-stars]");
  const part = root.querySelector("[data-stars-part]");
  const say = words(root);
  const kept = new Set();
  const shown = () => stage.viewport?.getCornerstoneImage()?.imageId;
  const draw = () => {
    if (root.dataset.state === "closed") return;
    button.setAttribute("aria-pressed", String(kept.has(shown())));
    list.replaceChildren(...[...kept].map(row));
    part.hidden = !kept.size;
  };
  const row = (id) => {
    const line = root.querySelector("template[data-star]").content.firstElementChild.cloneNode(true);
    const series = seriesOf(stage.exam, id);
    const at = stage.ids.get(series.uid).indexOf(id) + 1;
    const go = line.querySelector("[data-go]");
    go.textContent = `${series.description || series.number} · ${say("image", { at })}`;
    go.addEventListener("click", () => stage.goToImage(id));
    line.querySelector("[data-drop]").addEventListener("click", () => {
      kept.delete(id);
      draw();
    });
    return line;
  };
  button.addEventListener("click", () => {
    const id = shown();
    // What is covered is nobody's to choose.
    if (!id || stage.pane.box.dataset.covered !== undefined) return;
    if (!kept.delete(id)) kept.add(id);
    draw();
  });
  root.addEventListener("drawn", draw);
  root.addEventListener("pane", draw);
}
