// SPDX-License-Identifier: Apache-2.0
// Where the other two planes cut this one: two lines, and the tool that moves them.
import { getEnabledElement } from "@cornerstonejs/core";
import { AnnotationDisplayTool, drawing } from "@cornerstonejs/tools";

import { along, dot, minus } from "./vectors.js";

// So many pixels around the crossing stay free: what is looked at is not drawn over.
const FREE = 14;

export class LinesTool extends AnnotationDisplayTool {
  constructor(props = {}, defaults = { supportedInteractionTypes: ["Mouse", "Touch"], configuration: { mpr: null } }) {
    super(props, defaults);
  }

  postMouseDownCallback(event) {
    return this.point(event);
  }

  postTouchStartCallback(event) {
    // Two fingers zoom.
    return event.detail.event?.touches?.length > 1 ? false : this.point(event);
  }

  mouseDragCallback(event) {
    this.point(event);
  }

  touchDragCallback(event) {
    this.point(event);
  }

  point(event) {
    const { currentPoints, element } = event.detail;
    this.configuration.mpr?.meetAt(currentPoints.world, element);
    return true;
  }

  renderAnnotation = (enabled, svg) => {
    const { mpr } = this.configuration;
    const { viewport } = getEnabledElement(enabled.viewport.element) ?? {};
    const here = mpr?.planeIn(viewport);
    if (!here) return false;
    const meeting = mpr.meeting();
    const others = mpr.planes().filter((plane) => plane !== here);
    for (const [at, other] of others.entries()) {
      // A plane is seen as a line along the third one's way.
      const way = others[1 - at].through;
      const half = reach(here, way);
      const flat = flatten(meeting, here, viewport);
      const [start, end] = [-half, half].map((far) => viewport.worldToCanvas(along(middle(here, way, flat), [way, far])));
      const cross = viewport.worldToCanvas(flat);
      for (const [part, [from, to]] of gaps(start, cross, end).entries()) {
        const look = { color: `var(--${other.name})`, width: 1.5, lineDash: "" };
        drawing.drawLine(svg, `mpr-${other.name}`, String(part), from, to, look, `mpr-${other.name}`);
      }
    }
    return true;
  };
}
LinesTool.toolName = "MprLines";

/** How far the plane reaches to both sides along a way that lies in it. */
function reach(plane, way) {
  const wide = Math.abs(dot(plane.right, way)) > 0.5 ? plane.columns : plane.rows;
  return (wide * plane.pixel) / 2;
}

/** The meeting place, moved to the middle of the plane along a way. */
function middle(plane, way, place) {
  const centre = along(
    plane.corner,
    [plane.right, ((plane.columns - 1) * plane.pixel) / 2],
    [plane.down, ((plane.rows - 1) * plane.pixel) / 2],
  );
  return along(place, [way, dot(minus(centre, place), way)]);
}

/** The meeting place on the cut that is shown. */
function flatten(place, plane, viewport) {
  const cut = along(plane.corner, [plane.through, viewport.getCurrentImageIdIndex() * plane.step]);
  return along(place, [plane.through, dot(minus(cut, place), plane.through)]);
}

/** The line without what is around the crossing. */
function gaps(start, cross, end) {
  const free = (from) => {
    const [x, y] = [from[0] - cross[0], from[1] - cross[1]];
    const far = Math.hypot(x, y);
    if (far <= FREE) return null;
    return [from, [cross[0] + (x / far) * FREE, cross[1] + (y / far) * FREE]];
  };
  return [free(start), free(end)].filter(Boolean);
}
