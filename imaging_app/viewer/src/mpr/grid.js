// SPDX-License-Identifier: Apache-2.0
// Whether the images of a series are a volume: one above the other, evenly, none missing. Whatever
// is not would be shown askew or stretched in another plane, so that it is refused with its reason.
import { first, metadataOf } from "../exam.js";
import { across, dot, minus } from "./vectors.js";

const KINDS = ["CT", "MR"];
const FEWEST = 12;
// Part of a turn by which directions differ that are one; numbers in files are rounded.
const TURN = 1e-3;
// Parts of the distance between two images, and of a pixel, by which one may lie beside its place.
const BESIDE = 0.1;
const ASKEW = 0.5;
// Millimetres: what lies closer lies at one place, as one section taken time after time.
const CLOSEST = 0.03;
const SAME = ["00280010", "00280011", "00280002", "00280004", "00200052"];
const [ROWS, COLUMNS, SAMPLES, COLOURS] = SAME;

/** Whether a series is of a kind that has planes at all. */
export function mayHavePlanes(series) {
  return KINDS.includes(series?.modality);
}

/** The volume that these frames are, or the reason why they are none. */
export function gridOf(ids) {
  if (ids.length < FEWEST) return { reason: "few" };
  const images = ids.map((id) => ({ id, ...placeOf(metadataOf(id)) }));
  const [one] = images;
  if (!images.every((other) => isLike(one, other))) return { reason: "mixed" };
  const right = one.direction.slice(0, 3);
  const down = one.direction.slice(3);
  const normal = across(right, down);
  const height = (image) => dot(minus(image.position, one.position), normal);
  images.sort((image, other) => height(image) - height(other));
  const [lowest, highest] = [images[0], images.at(-1)];
  const gap = (height(highest) - height(lowest)) / (images.length - 1);
  if (!(gap >= CLOSEST)) return { reason: "uneven" };
  const pixel = Math.min(...one.spacing);
  for (const [at, image] of images.entries()) {
    const way = minus(image.position, lowest.position);
    if (Math.hypot(dot(way, right), dot(way, down)) > ASKEW * pixel) return { reason: "tilted" };
    if (!(Math.abs(dot(way, normal) - at * gap) <= BESIDE * gap)) return { reason: "uneven" };
  }
  return {
    ids: images.map(({ id }) => id),
    size: [one.columns, one.rows, images.length],
    spacing: [one.spacing[1], one.spacing[0], gap],
    axes: [right, down, normal],
    origin: lowest.position,
  };
}

function placeOf(image) {
  const numbers = (tag, count) => {
    // An empty one is null, and no nought.
    const found = image[tag]?.Value?.map((value) => (value === null ? NaN : Number(value))) ?? [];
    return found.length === count && found.every(Number.isFinite) ? found : null;
  };
  return {
    image,
    position: numbers("00200032", 3),
    direction: numbers("00200037", 6),
    spacing: numbers("00280030", 2),
    rows: Number(first(image, ROWS)),
    columns: Number(first(image, COLUMNS)),
  };
}

function isLike(one, other) {
  if (!other.position || !other.direction || !other.spacing) return false;
  if (!SAME.every((tag) => first(one.image, tag) === first(other.image, tag))) return false;
  if (first(other.image, SAMPLES) !== 1 || first(other.image, COLOURS) !== "MONOCHROME2") return false;
  const [right, down] = [other.direction.slice(0, 3), other.direction.slice(3)];
  const square = [dot(right, right) - 1, dot(down, down) - 1, dot(right, down)];
  const turned = other.direction.map((value, at) => value - one.direction[at]);
  const pulled = other.spacing.map((value, at) => (value - one.spacing[at]) / one.spacing[at]);
  return Math.min(...other.spacing) > 0 && [...square, ...turned, ...pulled].every((by) => Math.abs(by) < TURN);
}
