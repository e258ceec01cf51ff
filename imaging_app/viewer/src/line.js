// SPDX-License-Identifier: Apache-2.0
// How quick the line is. On a slow one pictures are asked for packed, which halves them, and few at
// a time: of six the next one would be there as late as the sixth.

// Bytes in a millisecond, as the first picture came: some twenty-five megabits a second.
const SLOW = 3000;
// What is smaller tells nothing: it comes at once on any line.
const LARGE = 30000;
const [FEW, MANY] = [3, 6];

let known;

/** How many pictures are fetched ahead side by side. */
export function sideBySide() {
  return isSlow() ? FEW : MANY;
}

/** What a request for a picture says besides. */
export function wishes() {
  return isSlow() ? { "Save-Data": "on" } : {};
}

function isSlow() {
  known ??= judge();
  return known ?? false;
}

/** Nothing before a first picture is there. */
function judge() {
  const pictures = performance.getEntriesByType("resource").filter((one) => one.name.includes("/frames/"));
  const first = pictures.find((one) => one.responseEnd && one.encodedBodySize >= LARGE);
  return first && first.encodedBodySize < SLOW * (first.responseEnd - first.responseStart);
}
