// SPDX-License-Identifier: Apache-2.0
// Windows that radiologists know by name: of computed tomography, in Hounsfield units.
import { utilities } from "@cornerstonejs/core";

export const PRESETS = {
  abdomen: { width: 400, level: 40 },
  lung: { width: 1500, level: -600 },
  mediastinum: { width: 350, level: 50 },
  bone: { width: 2500, level: 480 },
  brain: { width: 80, level: 40 },
};

/** As the standard reckons it (PS3.3 §C.11.2.1.2): not quite half to each side. */
export function rangeOf({ width, level }) {
  return utilities.windowLevel.toLowHighRange(width, level);
}

export function windowOf({ lower, upper }) {
  const { windowWidth: width, windowCenter: level } = utilities.windowLevel.toWindowLevel(lower, upper);
  return { width, level };
}
