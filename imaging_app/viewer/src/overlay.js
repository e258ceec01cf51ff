// SPDX-License-Identifier: Apache-2.0
// What stands in the corners of a picture, and the letters at its edges.
import { edges } from "./orientation.js";
import { windowOf } from "./presets.js";
import { number } from "./told.js";

const TWO = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
const WHOLE = { maximumFractionDigits: 0, useGrouping: false };

/** Whether there is a picture to tell of yet. */
export function drawOverlay(pane, viewport, id, say, series) {
  const zoom = viewport.getZoom();
  if (!Number.isFinite(zoom)) return false;
  const known = edges(viewport, id);
  // Before the first picture nothing is to the right of anything.
  if (known && !(known.right && known.bottom)) return false;
  const at = viewport.getImageIds().indexOf(id) + 1;
  const total = viewport.getImageIds().length;
  const { plane } = series;
  put(pane, "place", plane ? `${say(`plane-${plane.name}`)} ${at}/${total}` : say("place", { at, total }));
  if (plane) pane.dataset.plane = plane.name;
  else delete pane.dataset.plane;
  put(pane, "window", windowText(viewport, say));
  put(pane, "zoom", say("zoom", { zoom: number(zoom, TWO) }));
  for (const edge of ["top", "right", "bottom", "left"]) put(pane, edge, known?.[edge] ?? "");
  put(pane, "unknown", known ? "" : say("unknown"));
  return true;
}

/** Corners and edges without a word: what stood there was told of another picture. */
export function clearOverlay(pane) {
  for (const place of pane.querySelectorAll("[data-overlay]")) place.textContent = "";
}

/** Said aloud: which image it is, or which section of which plane. */
export function tellPlace(tell, say, series, at, total) {
  const { plane } = series;
  if (plane) tell("section", { plane: say(`plane-${plane.name}`), at, total });
  else tell("place", { at, total });
}

/** The name that screen readers give a picture. */
export function nameOf(viewport, series, id, say) {
  return say("picture", {
    series: series.description || series.number,
    at: viewport.getImageIds().indexOf(id) + 1,
    total: viewport.getImageIds().length,
    window: windowText(viewport, say),
  });
}

function windowText(viewport, say) {
  const range = viewport.getProperties().voiRange;
  if (!range) return "";
  const { width, level } = windowOf(range);
  return say("window", { width: number(width, WHOLE), level: number(level, WHOLE) });
}

function put(pane, name, text) {
  const place = pane.querySelector(`[data-overlay="${name}"]`);
  if (place && place.textContent !== text) place.textContent = text;
}
