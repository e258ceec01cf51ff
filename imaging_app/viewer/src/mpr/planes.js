// SPDX-License-Identifier: Apache-2.0
// The three planes of the body through a volume, and what a cut along one of them shows. They are
// the patient's own, also where the images were taken at a slant.
import { along, dot, minus } from "./vectors.js";

// PS3.3 §C.7.6.2: x grows to the left of the patient, y to the back, z to the head. Cuts are counted
// from the head, from the front and from the right.
const WAYS = {
  axial: { right: [1, 0, 0], down: [0, 1, 0], through: [0, 0, -1] },
  coronal: { right: [1, 0, 0], down: [0, 0, -1], through: [0, 1, 0] },
  sagittal: { right: [0, 1, 0], down: [0, 0, -1], through: [1, 0, 0] },
};
export const NAMES = Object.keys(WAYS);
const LONGEST = 1024;
const HAIR = 1e-6;

/** One plane: its ways, how many cuts it has, and how large they are, in pixels as high as wide. */
export function planeOf(volume, name) {
  const ways = WAYS[name];
  const spans = Object.fromEntries(Object.entries(ways).map(([way, to]) => [way, spanOf(volume, to)]));
  const sharp = Math.min(...volume.spacing);
  const pixel = Math.max(sharp, spans.right.far / LONGEST, spans.down.far / LONGEST);
  const step = stepAlong(volume, ways.through);
  const columns = steps(spans.right, pixel);
  const rows = steps(spans.down, pixel);
  const cuts = steps(spans.through, step, Math.round);
  const corner = along([0, 0, 0], [ways.right, columns.start], [ways.down, rows.start], [ways.through, cuts.start]);
  return { name, ...ways, pixel, step, columns: columns.count, rows: rows.count, count: cuts.count, corner };
}

/** The first pixel of a cut. */
export function cornerOf(plane, at) {
  return along(plane.corner, [plane.through, at * plane.step]);
}

/** The cut that is nearest to a place in the patient. */
export function cutAt(plane, place) {
  const at = Math.round(dot(minus(place, plane.corner), plane.through) / plane.step);
  return Math.max(0, Math.min(plane.count - 1, at));
}

/** What lies along a cut: between voxels by their distance, beside the volume its lowest value. */
export function cut(volume, plane, at) {
  const { voxels, size, spacing, axes, origin, lowest } = volume;
  const [columns, rows, count] = size;
  const out = new voxels.constructor(plane.columns * plane.rows);
  const from = minus(cornerOf(plane, at), origin);
  const index = (way, far) => axes.map((axis, each) => (far * dot(way, axis)) / spacing[each]);
  const start = index(from, 1);
  const [right, down] = [index(plane.right, plane.pixel), index(plane.down, plane.pixel)];
  const [overRow, overImage] = [columns, columns * rows];
  const whole = !(voxels instanceof Float32Array);
  const most = [columns - 0.5 + HAIR, rows - 0.5 + HAIR, count - 0.5 + HAIR];
  const least = -0.5 - HAIR;
  for (let row = 0, to = 0; row < plane.rows; row += 1) {
    let i = start[0] + row * down[0];
    let j = start[1] + row * down[1];
    let k = start[2] + row * down[2];
    for (let column = 0; column < plane.columns; column += 1, to += 1, i += right[0], j += right[1], k += right[2]) {
      if (i < least || j < least || k < least || i > most[0] || j > most[1] || k > most[2]) {
        out[to] = lowest;
        continue;
      }
      const a = i <= 0 ? 0 : i >= columns - 1 ? columns - 1 : i;
      const b = j <= 0 ? 0 : j >= rows - 1 ? rows - 1 : j;
      const c = k <= 0 ? 0 : k >= count - 1 ? count - 1 : k;
      const [x, y, z] = [Math.floor(a), Math.floor(b), Math.floor(c)];
      const [u, v, w] = [a - x, b - y, c - z];
      const here = x + y * overRow + z * overImage;
      const [nextX, nextY, nextZ] = [u > 0 ? 1 : 0, v > 0 ? overRow : 0, w > 0 ? overImage : 0];
      const near = mix(voxels, here, nextX, nextY, u, v);
      const value = w > 0 ? near + w * (mix(voxels, here + nextZ, nextX, nextY, u, v) - near) : near;
      out[to] = whole ? Math.round(value) : value;
    }
  }
  return out;
}

/** Between four voxels of one image. */
function mix(voxels, here, nextX, nextY, u, v) {
  const one = voxels[here] + u * (voxels[here + nextX] - voxels[here]);
  if (!nextY) return one;
  const below = here + nextY;
  return one + v * (voxels[below] + u * (voxels[below + nextX] - voxels[below]) - one);
}

/** From where to where the volume reaches along a way, to the outer edges of its voxels. */
function spanOf({ origin, axes, spacing, size }, way) {
  let [least, most] = [Infinity, -Infinity];
  for (let corner = 0; corner < 8; corner += 1) {
    const place = along(
      origin,
      ...axes.map((axis, at) => [axis, spacing[at] * ((corner >> at) & 1 ? size[at] - 0.5 : -0.5)]),
    );
    least = Math.min(least, dot(place, way));
    most = Math.max(most, dot(place, way));
  }
  return { least, far: most - least };
}

/** From one cut to the next as from one image to the next that lies most like it. */
function stepAlong({ axes, spacing }, way) {
  const parts = axes.map((axis) => Math.abs(dot(axis, way)));
  return spacing[parts.indexOf(Math.max(...parts))];
}

function steps({ least, far }, step, round = Math.floor) {
  const count = Math.max(1, round(far / step + HAIR));
  return { count, start: least + (far - (count - 1) * step) / 2 };
}
