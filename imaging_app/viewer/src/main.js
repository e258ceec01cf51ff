// SPDX-License-Identifier: Apache-2.0
// The viewer of one exam. The page brings the words, the tools and the first look; this brings depth.
import { init as initCore } from "@cornerstonejs/core";
import { init as initTools } from "@cornerstonejs/tools";

import { bindCine } from "./cine.js";
import { bindKeys } from "./keys.js";
import { bindMeasures } from "./measures.js";
import { bindHelp, bindToolbar } from "./toolbar.js";
import { describe, initLoader } from "./exam.js";
import { Closed, staysOpen, stopOn } from "./closed.js";
import { Stage } from "./stage.js";
import { bindSheet } from "./sheet.js";
import { drawsBySoftware } from "./drawing.js";
import { Mpr } from "./mpr/mpr.js";
import { bindStars } from "./stars.js";
import { listSeries } from "./series.js";
import { teller } from "./told.js";

async function open(root) {
  const tell = teller(root);
  bindHelp(root);
  const stop = stopOn(root);
  initCore({ rendering: { useCPURendering: drawsBySoftware() } });
  initTools();
  initLoader(stop);
  const exam = await describe(root.dataset.exam);
  const stage = new Stage(root, exam, tell, stop);
  new Mpr(root, stage);
  bindToolbar(root, stage, tell);
  bindCine(root, stage, tell);
  bindKeys(root, stage);
  bindMeasures(root, stage, tell);
  bindStars(root, stage);
  listSeries(root, exam, stage);
  bindSheet(root);
  staysOpen(root, stop);
  // Told to whoever drives the page, tests among them.
  root.dataset.state = "open";
  await stage.showFirst();
}

const root = document.getElementById("viewer");
open(root).catch((fault) => {
  const status = fault instanceof Closed ? fault.status : 0;
  stopOn(root)(status);
  if (!status) console.error(fault);
});
