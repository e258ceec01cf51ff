// SPDX-License-Identifier: Apache-2.0
// Pictures around the one that is looked at are fetched before somebody asks for them: the nearest
// first, never all of a long series, and no longer those that somebody has scrolled away from.
import { Enums, cache, imageLoadPoolManager, imageLoader } from "@cornerstonejs/core";

import { sideBySide } from "./line.js";

const { Prefetch } = Enums.RequestType;
const MOST = 300;
// Of what may be kept, for one pane.
const SHARE = 1 / 4;
// One behind for so many before.
const BEFORE = 3;

/** Whoever was waiting to be fetched for this pane is not any more. */
export function fetchNoMore(pane) {
  imageLoadPoolManager.filterRequests(
    ({ type, additionalDetails }) => type !== Prefetch || additionalDetails.pane !== pane.id,
  );
}

/** What comes next on the way on which somebody scrolls, and a little of what is behind them. */
export function fetchAhead(pane) {
  fetchNoMore(pane);
  // Cuts are made here, when they are asked for.
  if (pane.wanted?.plane) return;
  imageLoadPoolManager.setMaxSimultaneousRequests(Prefetch, sideBySide());
  const { viewport } = pane;
  const ids = viewport.getImageIds();
  const at = viewport.getCurrentImageIdIndex();
  const way = at < (pane.before ?? at) ? -1 : 1;
  pane.before = at;
  for (const id of nearest(ids, at, way, room(viewport))) {
    if (cache.getImageLoadObject(id)) continue;
    const load = () => imageLoader.loadAndCacheImage(id, { requestType: Prefetch }).catch(() => {});
    imageLoadPoolManager.addRequest(load, Prefetch, { imageId: id, pane: pane.id }, 0);
  }
}

/** How many of them there is room for. */
function room(viewport) {
  const size = viewport.getCornerstoneImage()?.sizeInBytes || 1;
  return Math.min(MOST, Math.floor((cache.getMaxCacheSize() * SHARE) / size));
}

/** The nearest first, those ahead before those behind; at an end the rest is on the other side. */
export function nearest(ids, at, way, most) {
  const found = [];
  let [ahead, behind] = [at + way, at - way];
  const there = (place) => place >= 0 && place < ids.length;
  while (found.length < most && (there(ahead) || there(behind))) {
    for (let step = 0; step < BEFORE && there(ahead); step += 1, ahead += way) found.push(ids[ahead]);
    if (there(behind)) found.push(ids[behind]);
    behind -= way;
  }
  return found.slice(0, most);
}
