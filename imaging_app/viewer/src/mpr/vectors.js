// SPDX-License-Identifier: Apache-2.0
// Three numbers: a place in the patient, or a way.

export const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0);

export const minus = (one, other) => one.map((value, at) => value - other[at]);

/** So far along each of these ways. */
export const along = (place, ...steps) =>
  steps.reduce((there, [way, far]) => there.map((value, at) => value + far * way[at]), place);

/** At right angles to both, as the fingers of a right hand. */
export const across = ([a, b, c], [x, y, z]) => [b * z - c * y, c * x - a * z, a * y - b * x];
