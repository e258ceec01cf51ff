// SPDX-License-Identifier: Apache-2.0
// All images of a series at once, in one block of memory: how much that is, and filling it.
import { Enums, imageLoader } from "@cornerstonejs/core";

import { first, metadataOf } from "../exam.js";

const { Prefetch } = Enums.RequestType;
const PARALLEL = 6;
const MEGABYTE = 1024 * 1024;
// Megabytes for each gigabyte of the device that the browser tells; of a phone, less.
const SHARE = 64;
const SHARE_OF_PHONE = 48;
const MOST = 512;
const MOST_OF_PHONE = 192;
const UNTOLD = 4;
const PHONE = 600;

/** Bytes that three planes may take here. */
export function roomHere() {
  const memory = navigator.deviceMemory || UNTOLD;
  const phone = matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) < PHONE;
  const megabytes = phone ? Math.min(MOST_OF_PHONE, memory * SHARE_OF_PHONE) : Math.min(MOST, memory * SHARE);
  return megabytes * MEGABYTE;
}

/** What one voxel is kept in: whole numbers of two bytes wherever they hold all values. */
export function kindOf(grid) {
  let [lowest, highest, whole] = [0, 0, true];
  for (const id of grid.ids) {
    const image = metadataOf(id);
    if (first(image, "00080060") === "CT") return Int16Array;
    const bits = Number(first(image, "00280101") ?? 16);
    const [slope, shift] = [Number(first(image, "00281053") ?? 1), Number(first(image, "00281052") ?? 0)];
    const signed = Number(first(image, "00280103")) === 1;
    const ends = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    const values = ends.map((end) => end * slope + shift);
    whole &&= Number.isInteger(slope) && Number.isInteger(shift);
    lowest = Math.min(lowest, ...values);
    highest = Math.max(highest, ...values);
  }
  if (whole && lowest >= -32768 && highest <= 32767) return Int16Array;
  return whole && lowest >= 0 && highest <= 65535 ? Uint16Array : Float32Array;
}

export function bytesOf(grid) {
  return grid.size.reduce((product, side) => product * side, kindOf(grid).BYTES_PER_ELEMENT);
}

/** The filled block; `told` hears of each image, `signal` ends it. */
export async function fill(grid, told, signal) {
  const [columns, rows, count] = grid.size;
  const area = columns * rows;
  const voxels = new (kindOf(grid))(area * count);
  let [lowest, highest, done, next] = [Infinity, -Infinity, 0, 0];
  const fit = fitting(voxels);
  const take = (image, at) => {
    // As it lies in memory where it is shown already: scaled, or yet to be.
    const raw = image.voxelManager.getScalarData();
    if (raw.length !== area) throw new Error("an image of another size");
    const [slope, shift] = image.preScale?.scaled ? [1, 0] : [image.slope ?? 1, image.intercept ?? 0];
    const from = at * area;
    for (let pixel = 0; pixel < area; pixel += 1) {
      const kept = fit(raw[pixel] * slope + shift);
      voxels[from + pixel] = kept;
      if (kept < lowest) lowest = kept;
      if (kept > highest) highest = kept;
    }
  };
  const work = async () => {
    while (next < count) {
      const at = next;
      next += 1;
      // What is here already is used; what is not is not kept a second time.
      const image = await imageLoader.loadImage(grid.ids[at], { requestType: Prefetch, priority: 0 });
      signal.throwIfAborted();
      take(image, at);
      done += 1;
      told(done);
    }
  };
  const stopped = new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const all = Promise.all(Array.from({ length: PARALLEL }, work));
  await Promise.race([all, stopped]);
  return { ...grid, voxels, lowest, highest };
}

/** A value as the block can keep it: none wraps around to another one. */
function fitting(voxels) {
  if (voxels instanceof Float32Array) return (value) => value;
  const [least, most] = voxels instanceof Int16Array ? [-32768, 32767] : [0, 65535];
  return (value) => Math.max(least, Math.min(most, Math.round(value)));
}
