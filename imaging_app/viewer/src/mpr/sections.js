// SPDX-License-Identifier: Apache-2.0
// Cuts as images like those that came: the same tools, measures and letters work on them. They are
// made when somebody asks for them; a few are kept.
import { cache, imageLoader, utilities } from "@cornerstonejs/core";
import { wadors } from "@cornerstonejs/dicom-image-loader";

import { first, metadataOf } from "../exam.js";
import { NAMES, cornerOf, cut, planeOf } from "./planes.js";

const SCHEME = "mpr";
const KEPT = 24;
const [CENTRE, WIDTH] = ["00281050", "00281051"];

let volume = null;
const kept = [];
const planes = new Map();

/** The three planes of a volume as series of their own; `say` has their names. */
export function seriesOfPlanes(filled, series, say) {
  letGo();
  volume = filled;
  return NAMES.map((name) => {
    const plane = planeOf(filled, name);
    const uid = `${series.uid}-${name}`;
    planes.set(uid, plane);
    const ids = Array.from({ length: plane.count }, (_, at) => `${SCHEME}:${uid}/${at}`);
    for (const [at, id] of ids.entries()) wadors.metaDataManager.add(id, told(filled, plane, at, uid));
    const title = `${series.description || series.number} · ${say(`plane-${name}`)}`;
    return { uid, ids, plane, of: series, modality: series.modality, number: series.number, description: title };
  });
}

/** The volume and all that was cut from it leave the memory. */
export function letGo() {
  volume = null;
  planes.clear();
  for (const id of kept.splice(0)) drop(id);
}

export function bindSections() {
  imageLoader.registerImageLoader(SCHEME, (id) => ({ promise: make(id) }));
}

async function make(id) {
  const [uid, at] = id.slice(SCHEME.length + 1).split("/");
  const plane = planes.get(uid);
  if (!volume || !plane) throw new Error("a cut of a volume that is gone");
  const image = imageOf(id, plane, cut(volume, plane, Number(at)));
  kept.push(id);
  // The newest may be on the screen: the one that is dropped was asked for long before.
  while (kept.length > KEPT) drop(kept.shift());
  return image;
}

function drop(id) {
  if (!kept.includes(id) && cache.getImageLoadObject(id)) cache.removeImageLoadObject(id);
}

function imageOf(imageId, plane, pixels) {
  const { columns, rows, pixel } = plane;
  const metadata = metadataOf(imageId);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData: pixels, width: columns, height: rows, numberOfComponents: 1,
  });
  const scaled = { rescaleSlope: 1, rescaleIntercept: 0, modality: first(metadata, "00080060") };
  return {
    imageId, voxelManager, rows, columns,
    height: rows, width: columns,
    rowPixelSpacing: pixel, columnPixelSpacing: pixel,
    dataType: pixels.constructor.name,
    sizeInBytes: pixels.byteLength,
    getPixelData: () => voxelManager.getScalarData(),
    color: false, rgba: false, numberOfComponents: 1, invert: false,
    slope: 1, intercept: 0,
    // Of the whole volume, so that all cuts have one scale of greys.
    minPixelValue: volume.lowest, maxPixelValue: volume.highest,
    windowCenter: first(metadata, CENTRE), windowWidth: first(metadata, WIDTH),
    imageFrame: {},
    ...(pixels instanceof Float32Array ? {} : { preScale: { enabled: true, scaled: true, scalingParameters: scaled } }),
  };
}

/** What a file of it would tell (PS3.18 §F): what says where it lies, and what its values mean. */
function told({ ids, voxels, window }, plane, at, uid) {
  const source = metadataOf(ids[0]);
  const bits = 8 * voxels.BYTES_PER_ELEMENT;
  const same = ["00080016", "00080060", "0020000D", "00200052", "00281054"];
  const own = {
    "00080018": [`${uid}-${at}`], "0020000E": [uid], "00200013": [at + 1],
    "00200032": cornerOf(plane, at), "00200037": [...plane.right, ...plane.down],
    "00280002": [1], "00280004": ["MONOCHROME2"],
    "00280010": [plane.rows], "00280011": [plane.columns], "00280030": [plane.pixel, plane.pixel],
    "00280100": [bits], "00280101": [bits], "00280102": [bits - 1],
    "00280103": [voxels instanceof Uint16Array ? 0 : 1],
    [CENTRE]: [window.level], [WIDTH]: [window.width], "00281052": [0], "00281053": [1],
  };
  const copied = same.filter((tag) => source[tag]).map((tag) => [tag, source[tag]]);
  return { ...Object.fromEntries(copied), ...Object.fromEntries(Object.entries(own).map(([tag, Value]) => [tag, { Value }])) };
}
