// SPDX-License-Identifier: Apache-2.0
// Which side of the patient is where on the screen, however the picture is turned.
import { first, metadataOf } from "./exam.js";

const DIRECTION = "00200037";
const LETTERS = "00200020";
const OPPOSITE = { L: "R", R: "L", A: "P", P: "A", H: "F", F: "H" };
// Of a slanted picture, a second letter tells where it leans; less than this is no lean.
const LEAN = 0.2;

/** The letters at the right and at the lower edge, and their opposites; null where nobody knows. */
export function edges(viewport, id) {
  const image = metadataOf(id);
  const { clientWidth: width, clientHeight: height } = viewport.element;
  const middle = viewport.canvasToWorld([width / 2, height / 2]);
  const right = minus(viewport.canvasToWorld([width, height / 2]), middle);
  const down = minus(viewport.canvasToWorld([width / 2, height]), middle);
  const name = image[DIRECTION]?.Value?.length === 6 ? inPatient : inPicture(image[LETTERS]?.Value);
  if (!name) return null;
  const [east, south] = [name(right), name(down)];
  return { right: east, bottom: south, left: opposite(east), top: opposite(south) };
}

export function opposite(letters) {
  return [...letters].map((one) => OPPOSITE[one]).join("");
}

/** PS3.3 §C.7.6.2: x grows to the left of the patient, y to the back, z to the head. */
function inPatient(way) {
  const length = Math.hypot(...way) || 1;
  const axes = [
    ["L", "R", way[0] / length],
    ["P", "A", way[1] / length],
    ["H", "F", way[2] / length],
  ];
  return axes
    .filter(([, , part]) => Math.abs(part) > LEAN)
    .sort((one, other) => Math.abs(other[2]) - Math.abs(one[2]))
    .map(([positive, negative, part]) => (part > 0 ? positive : negative))
    .join("");
}

/** PS3.3 §C.7.6.1.1.1: of a radiograph only the letters of its rows and columns are known. */
function inPicture(letters) {
  if (letters?.length !== 2 || !letters.every((one) => /^[LRAPHF]+$/.test(one))) return null;
  return (way) => {
    const along = Math.abs(way[0]) >= Math.abs(way[1]) ? 0 : 1;
    return way[along] > 0 ? letters[along] : opposite(letters[along]);
  };
}

function minus(one, other) {
  return one.map((value, at) => value - other[at]);
}
