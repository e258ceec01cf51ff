// SPDX-License-Identifier: Apache-2.0
// The tools that a hand can hold, and which button or finger moves what.
import {
  AngleTool,
  EllipticalROITool,
  Enums,
  LengthTool,
  PanTool,
  PlanarRotateTool,
  RectangleROITool,
  ReferenceLinesTool,
  StackScrollTool,
  ToolGroupManager,
  WindowLevelTool,
  ZoomTool,
  addTool,
  annotation,
} from "@cornerstonejs/tools";

import { LinesTool } from "./mpr/lines.js";
import { linesOf } from "./readings.js";

const { MouseBindings } = Enums;
const GROUP = "stacks";

export const TOOLS = {
  window: WindowLevelTool.toolName,
  pan: PanTool.toolName,
  zoom: ZoomTool.toolName,
  scroll: StackScrollTool.toolName,
  turn: PlanarRotateTool.toolName,
  length: LengthTool.toolName,
  angle: AngleTool.toolName,
  ellipse: EllipticalROITool.toolName,
  rectangle: RectangleROITool.toolName,
  lines: LinesTool.toolName,
};
export const MEASURES = ["length", "angle", "ellipse", "rectangle"];

const STYLE = {
  color: "#f1c27d",
  colorHighlighted: "#ffffff",
  colorSelected: "#ffffff",
  lineWidth: "2",
  // All that is not told here is off: these replace the library's own, they are not laid over them.
  textBoxVisibility: true,
  textBoxBackground: "rgb(0 0 0 / 70%)",
  textBoxBorderRadius: "4",
  textBoxMargin: "4",
  textBoxFontFamily: "system-ui, sans-serif",
  textBoxFontSize: "15px",
  textBoxColor: "#f1c27d",
  textBoxColorHighlighted: "#ffffff",
  textBoxColorSelected: "#ffffff",
  textBoxLinkLineWidth: "1",
  textBoxLinkLineDash: "2,3",
  textBoxShadow: "1px 1px 2px #000000",
};

/** The hand of one viewer. */
export class Hand {
  constructor(say) {
    const classes = [
      WindowLevelTool, PanTool, ZoomTool, StackScrollTool, PlanarRotateTool,
      LengthTool, AngleTool, EllipticalROITool, RectangleROITool, ReferenceLinesTool, LinesTool,
    ];
    classes.forEach(addTool);
    this.group = ToolGroupManager.createToolGroup(GROUP);
    for (const one of classes) this.group.addTool(one.toolName);
    const getTextLines = linesOf(say);
    for (const one of MEASURES) this.group.setToolConfiguration(TOOLS[one], { getTextLines });
    this.held = null;
    annotation.config.style.setDefaultToolStyles({ global: STYLE });
  }

  /** Its tools work in this pane too. */
  reach(viewportId, engineId) {
    this.group.addViewport(viewportId, engineId);
  }

  /** The first button and one finger do this; the others always do the same. */
  hold(name) {
    if (this.held && this.held !== name) this.group.setToolPassive(TOOLS[this.held]);
    this.held = name;
    const always = {
      pan: [{ mouseButton: MouseBindings.Auxiliary }],
      zoom: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
      scroll: [{ mouseButton: MouseBindings.Wheel }],
    };
    for (const [each, bindings] of Object.entries(always)) {
      const all = each === name ? [...bindings, ...primary()] : bindings;
      this.group.setToolActive(TOOLS[each], { bindings: all });
    }
    if (!(name in always)) this.group.setToolActive(TOOLS[name], { bindings: primary() });
  }

  /** Lines that tell where the other panes cut. */
  drawLinesOf(viewportId) {
    this.group.setToolConfiguration(ReferenceLinesTool.toolName, { sourceViewportId: viewportId });
    this.group.setToolEnabled(ReferenceLinesTool.toolName);
  }

  /** The lines of three planes, drawn wherever these are shown. */
  lines(mpr) {
    this.group.setToolConfiguration(LinesTool.toolName, { mpr });
    this.group.setToolPassive(LinesTool.toolName);
  }

  drawNoLines() {
    this.group.setToolDisabled(ReferenceLinesTool.toolName);
  }
}

function primary() {
  return [{ mouseButton: MouseBindings.Primary }, { numTouchPoints: 1 }];
}
