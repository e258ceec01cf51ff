// SPDX-License-Identifier: Apache-2.0
// What the exam holds, and the way to its frames (DICOMweb, PS3.18 §10.4).
import { wadors, init } from "@cornerstonejs/dicom-image-loader";

import { Closed, isClosed } from "./closed.js";
import { wishes } from "./line.js";

const WORKERS = 4;
const STUDY = "0020000D";
const SERIES = "0020000E";
const IMAGE = "00080018";
const FRAMES = "00280008";
const ROWS = "00280010";
// More than any film has: a count that nobody means is not reckoned with.
const MOST = 20000;

/** Hand the loader its workers; whatever the server refuses ends the viewer. */
export function initLoader(stop) {
  const cores = navigator.hardwareConcurrency || 2;
  init({
    maxWebWorkers: Math.max(1, Math.min(WORKERS, cores - 1)),
    beforeSend: async () => wishes(),
    errorInterceptor: (fault) => {
      const status = fault?.request?.status ?? 0;
      if (isClosed(status)) stop(status);
    },
  });
  // Frames that could not be had are each told of once more, to nobody in particular.
  addEventListener("unhandledrejection", (event) => {
    const request = event.reason?.request ?? event.reason;
    if (request instanceof XMLHttpRequest) event.preventDefault();
  });
}

/** The exam as the server lists it. */
export async function describe(address) {
  return ask(address, "application/json");
}

/**
 * The ids of a series' frames, in the server's order, their metadata handed to the loader.
 *
 * What is not of this exam is not shown: a picture under another patient's name would be worse
 * than none.
 */
export async function framesOf(exam, series) {
  const images = await ask(series.metadata, "application/dicom+json");
  const ids = [];
  for (const image of images) {
    if (first(image, STUDY) !== exam.study || first(image, SERIES) !== series.uid) {
      throw new Error("an image of another exam");
    }
    // A report or a note among the images has nothing to be drawn.
    if (!first(image, ROWS)) continue;
    const count = Number(first(image, FRAMES) ?? 1);
    if (!(count <= MOST)) throw new Error("too many frames");
    for (let frame = 1; frame <= count; frame += 1) {
      const id = `wadors:${location.origin}${series.images}/${first(image, IMAGE)}/frames/${frame}`;
      wadors.metaDataManager.add(id, image);
      ids.push(id);
    }
  }
  return ids;
}

/** The image's own metadata, by the id of one of its frames. */
export function metadataOf(id) {
  return wadors.metaDataManager.get(id) ?? {};
}

/** The series of the exam that a frame is of, by its own metadata. */
export function seriesOf(exam, id) {
  const uid = first(metadataOf(id), SERIES);
  return [...exam.series, ...(exam.planes ?? [])].find((one) => one.uid === uid);
}

/** The first value of an attribute. */
export function first(image, tag) {
  return image[tag]?.Value?.[0];
}

async function ask(address, type) {
  const answer = await fetch(address, { headers: { Accept: type }, cache: "no-store" });
  if (isClosed(answer.status) || answer.redirected) throw new Closed(answer.redirected ? 401 : answer.status);
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  return answer.json();
}
