// SPDX-License-Identifier: Apache-2.0
// Three planes through one series, side by side: going in, what links them, and going back.
import { Enums } from "@cornerstonejs/core";
import { utilities } from "@cornerstonejs/tools";

import { fetchNoMore } from "../ahead.js";
import { windowOf } from "../presets.js";
import { first, metadataOf } from "../exam.js";
import { gridOf, mayHavePlanes } from "./grid.js";
import { bindSections, letGo, seriesOfPlanes } from "./sections.js";
import { bytesOf, fill, roomHere } from "./volume.js";
import { along, dot } from "./vectors.js";
import { cornerOf, cutAt } from "./planes.js";
import { Waiting } from "./waiting.js";

const MEGABYTE = 1024 * 1024;

export class Mpr {
  constructor(root, stage) {
    Object.assign(this, { root, stage, open: null, grids: new Map() });
    this.button = root.querySelector("[data-act=mpr]");
    this.waiting = new Waiting(root, stage.say);
    stage.mpr = this;
    stage.hand.lines(this);
    bindSections();
    root.addEventListener("pane", (event) => this.offer(event.detail));
    root.addEventListener("drawn", () => this.open && this.redraw());
    root.addEventListener("closed", () => this.forget());
  }

  toggle() {
    if (this.open) return this.leave();
    if (this.loading) return this.loading.abort();
    return this.enter(sourceOf(this.stage.pane));
  }

  /** Whether the series that is looked at can be entered, and what the button says of it. */
  offer(pane) {
    const series = sourceOf(pane);
    if (this.loading && series !== this.loading.series) this.loading.abort();
    this.button.hidden = !this.open && !mayHavePlanes(series);
    if (this.open || this.button.hidden) return;
    const why = this.refusal(series);
    this.button.setAttribute("aria-disabled", String(Boolean(why)));
    if (this.waiting.about !== series) this.waiting.hide();
  }

  /** Why there are no planes of a series, as a word of the page and its places; nothing if there are. */
  refusal(series) {
    const ids = this.stage.ids.get(series.uid);
    if (!ids) return null;
    if (!this.grids.has(series.uid)) {
      const grid = gridOf(ids);
      this.grids.set(series.uid, grid.reason ? grid : { ...grid, need: bytesOf(grid) });
    }
    const { reason, need } = this.grids.get(series.uid);
    if (reason) return [`mpr-${reason}`];
    const limit = roomHere();
    if (need <= limit) return null;
    return ["mpr-large", { need: Math.ceil(need / MEGABYTE), limit: Math.floor(limit / MEGABYTE) }];
  }

  async enter(series) {
    if (!series || this.stage.isClosed()) return undefined;
    const why = this.refusal(series);
    if (why) return this.waiting.why(series, ...why);
    const loading = Object.assign(new AbortController(), { series });
    this.loading = loading;
    this.press(true);
    try {
      const grid = this.grids.get(series.uid);
      this.stage.panes.forEach(fetchNoMore);
      this.waiting.begin(grid.size[2], () => loading.abort());
      const volume = await fill(grid, (done) => this.waiting.at(done), loading.signal);
      if (loading.signal.aborted || this.stage.isClosed()) return undefined;
      this.loading = null;
      return await this.show(series, volume);
    } catch (fault) {
      if (this.stage.isClosed() || loading.signal.aborted) return undefined;
      console.error(fault);
      return this.waiting.why(series, "mpr-failed");
    } finally {
      if (this.loading === loading) this.loading = null;
      this.waiting.end(this.button);
      this.press(Boolean(this.open));
    }
  }

  /** The planes, through the middle of the image that was looked at. */
  async show(series, volume) {
    const { stage } = this;
    const { viewport } = stage;
    const before = stage.panes.map((pane) => lookOf(pane));
    const { voiRange, invert } = viewport.getProperties();
    const place = centreOf(viewport.getCurrentImageId());
    const planes = seriesOfPlanes({ ...volume, window: windowOf(voiRange) }, series, stage.say);
    stage.exam.planes = [...(stage.exam.planes ?? []).filter((one) => one.of !== series), ...planes];
    this.open = { series, planes, before, active: stage.active, held: stage.hand.held };
    stage.layOut(planes.length);
    for (const [number, one] of planes.entries()) {
      await stage.show(one, number, { at: cutAt(one.plane, place) });
      if (!this.open || stage.isClosed()) return;
    }
    this.link(invert);
    stage.choose(0);
    this.root.dispatchEvent(new CustomEvent("tool", { detail: "lines" }));
    this.root.dispatchEvent(new CustomEvent("planes", { detail: true }));
    stage.pane.element.focus();
  }

  /** One window for all three. */
  link(invert) {
    const { panes } = this.stage;
    this.unlink = panes.map((pane) => {
      if (invert) pane.viewport.setProperties({ invert });
      const listen = ({ detail }) => this.share(pane, detail.range);
      pane.element.addEventListener(Enums.Events.VOI_MODIFIED, listen);
      return () => pane.element.removeEventListener(Enums.Events.VOI_MODIFIED, listen);
    });
    if (invert) panes.forEach((pane) => pane.viewport.render());
  }

  share(from, { lower, upper }) {
    for (const pane of this.stage.panes) {
      const now = pane.viewport.getProperties().voiRange;
      if (pane === from || !now || (now.lower === lower && now.upper === upper)) continue;
      pane.viewport.setProperties({ voiRange: { lower, upper } }, true);
      pane.viewport.render();
    }
  }

  /** Back to what was looked at before; not in the active pane where something else comes into it. */
  leave({ but = false } = {}) {
    if (!this.open) return this.stage.active;
    const { before, active, held } = this.open;
    this.open = null;
    for (const undo of this.unlink ?? []) undo();
    const { stage } = this;
    this.press(false);
    this.root.dispatchEvent(new CustomEvent("tool", { detail: held }));
    stage.layOut(before.length);
    this.root.dispatchEvent(new CustomEvent("planes", { detail: false }));
    for (const pane of stage.panes) stage.cover(pane);
    letGo();
    stage.choose(active);
    for (const [number, { series, ...look }] of before.entries()) {
      if (series && stage.panes[number] && !(but && number === active)) stage.show(series, number, { ...look, choose: false });
    }
    return active;
  }

  /** The exam is closed: nothing of it stays in memory. */
  forget() {
    this.loading?.abort();
    this.open = null;
    this.grids.clear();
    letGo();
  }

  press(on) {
    this.button.setAttribute("aria-pressed", String(on));
  }

  /** The lines alone: the pictures are drawn by themselves. */
  redraw() {
    utilities.triggerAnnotationRenderForViewportIds(this.stage.panes.map(({ id }) => id));
  }

  planes() {
    return this.open?.planes.map(({ plane }) => plane) ?? [];
  }

  /** The plane that a viewport shows. */
  planeIn(viewport) {
    const pane = this.stage.panes.find((one) => one.viewport === viewport);
    return this.open && pane?.wanted?.plane;
  }

  /** Where the three cuts that are shown meet. */
  meeting() {
    return this.stage.panes.reduce((place, { viewport, wanted }) => {
      if (!wanted?.plane) return place;
      const { through } = wanted.plane;
      const corner = cornerOf(wanted.plane, viewport.getCurrentImageIdIndex());
      return along(place, [through, dot(corner, through) - dot(place, through)]);
    }, [0, 0, 0]);
  }

  /** The other planes go through a place that somebody points at in one. */
  meetAt(place, element) {
    if (!place || !this.open) return;
    for (const pane of this.stage.panes) {
      if (pane.element === element || !pane.wanted?.plane) continue;
      const at = cutAt(pane.wanted.plane, place);
      if (at !== pane.viewport.getTargetImageIdIndex()) pane.viewport.setImageIdIndex(at).catch(() => {});
    }
  }

  /** A measure on a plane is found again, also after leaving. */
  async goTo(series, id) {
    if (this.open?.series !== series.of) {
      await this.stage.show(series.of);
      await this.enter(series.of);
    }
    const number = this.open?.planes.findIndex((one) => one.ids.includes(id)) ?? -1;
    if (number < 0) return;
    this.stage.choose(number);
    await this.stage.goTo(this.open.planes[number].ids.indexOf(id));
  }
}

/** What came, of what a pane shows or has been cut from. */
function sourceOf(pane) {
  return pane?.series?.of ?? pane?.series;
}

/** What a pane shows and how, for whoever comes back to it. */
function lookOf({ series, viewport }) {
  const { voiRange, invert } = viewport.getProperties();
  return { series, at: viewport.getCurrentImageIdIndex(), shown: voiRange && { voiRange, invert } };
}

/** The middle of an image, in the patient. */
function centreOf(id) {
  const image = metadataOf(id);
  const numbers = (tag) => image[tag].Value.map(Number);
  const [position, direction, [high, wide]] = ["00200032", "00200037", "00280030"].map(numbers);
  const [rows, columns] = [first(image, "00280010"), first(image, "00280011")];
  return along(position, [direction.slice(0, 3), ((columns - 1) * wide) / 2], [direction.slice(3), ((rows - 1) * high) / 2]);
}
