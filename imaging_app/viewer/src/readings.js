// SPDX-License-Identifier: Apache-2.0
// What a measure says, in the words of the page.
import { number } from "./told.js";

/** What a measure says: its value and unit, once it has been reckoned. */
export function readOf(one) {
  return readStats(Object.values(one.data.cachedStats ?? {})[0]);
}

/** What stands in the picture, beside the line: the same words as in the list, one below the other. */
export function linesOf(say) {
  return (data, target) => {
    const read = readStats(data.cachedStats?.[target]);
    return read ? textOf(read, say).split(", ") : undefined;
  };
}

function readStats(stats) {
  if (!stats) return null;
  if (stats.length !== undefined) return { value: stats.length, unit: stats.unit };
  if (stats.angle !== undefined) return { value: stats.angle, unit: "°" };
  if (stats.mean !== undefined) {
    return { value: stats.mean, spread: stats.stdDev, area: stats.area, unit: stats.modalityUnit, square: stats.areaUnit };
  }
  return null;
}

export function textOf(read, say) {
  if (!read) return "";
  if (read.spread === undefined) return `${number(read.value)}${read.unit === "°" ? "" : " "}${read.unit}`;
  return say("region", {
    mean: number(read.value), spread: number(read.spread), area: number(read.area),
    unit: read.unit === "HU" ? say("hounsfield") : read.unit, square: read.square,
  });
}
