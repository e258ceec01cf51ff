// SPDX-License-Identifier: Apache-2.0
// The panes, which series each shows, and what is done to the one that is looked at.
import { Enums, RenderingEngine, cache } from "@cornerstonejs/core";
import { utilities } from "@cornerstonejs/tools";

import { Hand } from "./tools.js";
import { fetchAhead, fetchNoMore } from "./ahead.js";
import { wait, watchAsked, watchFailed } from "./asked.js";
import { PRESETS, rangeOf, windowOf } from "./presets.js";
import { clearOverlay, drawOverlay, nameOf, tellPlace } from "./overlay.js";
import { framesOf, metadataOf, seriesOf } from "./exam.js";
import { rateOf, stepOf } from "./cine.js";
import { words } from "./told.js";

const ENGINE = "exam";
const MEGABYTE = 1024 * 1024;
const OTHER_WAY = { flipHorizontal: "flipVertical", flipVertical: "flipHorizontal" };
const LAYOUTS = { 1: 1, 2: 2, 3: 3, 4: 4 };

export class Stage {
  constructor(root, exam, tell, stop) {
    this.root = root;
    this.exam = exam;
    this.tell = tell;
    this.stop = stop;
    this.say = words(root);
    this.engine = new RenderingEngine(ENGINE);
    this.hand = new Hand(this.say);
    this.panes = [];
    this.active = 0;
    // The three planes, where they are bound; they say by themselves whether they are open.
    this.mpr = null;
    this.frames = new Map();
    this.ids = new Map();
    const memory = (navigator.deviceMemory || 4) * 128;
    cache.setMaxCacheSize(Math.min(1024, memory) * MEGABYTE);
    this.layOut(1);
    watchFailed(() => this.panes, (pane, fault) => this.fail(pane, fault));
    this.hand.hold(matchMedia("(pointer: coarse)").matches ? "scroll" : "window");
    new ResizeObserver(() => this.isClosed() || this.engine.resize(true, true)).observe(this.grid);
  }

  get grid() {
    return this.root.querySelector("[data-pictures]");
  }

  get pane() {
    return this.panes[this.active];
  }

  get viewport() {
    return this.pane?.viewport;
  }

  /** What is seen as one: the three planes, or the pane that is looked at. */
  get together() {
    return this.mpr?.open ? this.panes : [this.pane];
  }

  /** The first series, at its middle where the first look was taken. */
  async showFirst() {
    const [series] = this.exam.series;
    if (series) await this.show(series, 0, { looked: true });
  }

  /** So many panes; those that stay keep what they show. */
  layOut(count) {
    const wanted = LAYOUTS[count] ?? 1;
    while (this.panes.length > wanted) this.close(this.panes.pop());
    while (this.panes.length < wanted) this.panes.push(this.open(this.panes.length));
    this.grid.dataset.panes = wanted;
    this.choose(Math.min(this.active, wanted - 1));
    this.engine.resize(true, true);
  }

  open(number) {
    const shape = this.root.querySelector("template[data-pane]");
    const box = shape.content.firstElementChild.cloneNode(true);
    this.grid.append(box);
    const element = box.querySelector("[data-picture]");
    const id = `pane-${number}`;
    this.engine.enableElement({
      viewportId: id,
      type: Enums.ViewportType.STACK,
      element,
      defaultOptions: { background: [0, 0, 0] },
    });
    element.tabIndex = 0;
    this.hand.reach(id, ENGINE);
    const pane = { id, box, element, viewport: this.engine.getViewport(id), series: null, wanted: null };
    pane.label = element.getAttribute("aria-label");
    box.addEventListener("pointerdown", () => this.choose(this.panes.indexOf(pane)), true);
    box.addEventListener("focusin", () => this.choose(this.panes.indexOf(pane)));
    // Also when it is turned: the letters at its edges never tell of an earlier position.
    for (const event of [Enums.Events.IMAGE_RENDERED, Enums.Events.CAMERA_MODIFIED]) {
      element.addEventListener(event, () => this.rendered(pane));
    }
    watchAsked(pane, () => this.late(pane));
    element.addEventListener(Enums.Events.STACK_NEW_IMAGE, () => this.drawn(pane));
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    return pane;
  }

  close(pane) {
    this.stopCine(pane);
    clearTimeout(pane.late);
    fetchNoMore(pane);
    this.engine.disableElement(pane.id);
    pane.box.remove();
  }

  choose(number) {
    this.active = number;
    for (const [at, pane] of this.panes.entries()) {
      pane.box.toggleAttribute("data-active", at === number);
    }
    if (this.panes.length > 1 && this.pane?.series && !this.mpr?.open) this.hand.drawLinesOf(this.pane.id);
    else this.hand.drawNoLines();
    this.root.dispatchEvent(new CustomEvent("pane", { detail: this.pane }));
  }

  /** A series, in a pane; the newest wish counts. */
  async show(series, number = this.active, { looked = false, at = null, shown = null, choose = true } = {}) {
    if (!series.plane) this.mpr?.loading?.abort();
    if (!series.plane && this.mpr?.open) return this.show(series, this.mpr.leave({ but: true }), { looked, at });
    const pane = this.panes[number];
    this.stopCine(pane);
    delete pane.rate;
    pane.wanted = series;
    // Until the new picture is drawn the old one must not be taken for it.
    this.cover(pane);
    delete pane.box.dataset.failed;
    pane.box.dataset.loading = "";
    let ids;
    try {
      ids = await this.framesOf(series);
      if (!ids.length) throw new Error("a series without pictures");
    } catch (fault) {
      if (fault.status) return this.stop(fault.status);
      return pane.wanted === series ? this.fail(pane, fault) : undefined;
    }
    if (this.isClosed() || pane.wanted !== series) return undefined;
    fetchNoMore(pane);
    const start = Math.min(at ?? (looked ? series.look ?? 0 : Math.floor((ids.length - 1) / 2)), ids.length - 1);
    try {
      await pane.viewport.setStack(ids, start);
    } catch (fault) {
      // Whoever was refused has been told already, and the picture is gone.
      return this.isClosed() || pane.wanted !== series ? undefined : this.fail(pane, fault);
    }
    if (this.isClosed() || pane.wanted !== series) return undefined;
    if (shown) pane.viewport.setProperties(shown);
    pane.viewport.render();
    fetchAhead(pane);
    if (choose) this.choose(number);
    return undefined;
  }

  async framesOf(series) {
    if (series.plane) this.frames.set(series.uid, series.ids);
    if (!this.frames.has(series.uid)) this.frames.set(series.uid, framesOf(this.exam, series));
    try {
      const ids = await this.frames.get(series.uid);
      this.ids.set(series.uid, ids);
      return ids;
    } catch (fault) {
      this.frames.delete(series.uid);
      throw fault;
    }
  }

  isClosed() {
    return this.root.dataset.state === "closed";
  }

  fail(pane, fault) {
    if (this.isClosed()) return;
    console.error(fault);
    this.cover(pane);
    delete pane.box.dataset.loading;
    pane.box.dataset.failed = "";
    this.root.querySelector("[data-first]")?.remove();
    this.tell("failed");
  }

  /** What was asked for is not there yet: what is drawn is covered until it is. */
  late(pane) {
    if (this.isClosed() || pane.box.dataset.failed !== undefined) return;
    this.cover(pane);
    pane.box.dataset.loading = "";
  }

  /** A picture is there, maybe not the last that was asked for; the next ones are fetched. */
  drawn(pane) {
    delete pane.box.dataset.failed;
    wait(pane, () => this.late(pane));
    this.root.dispatchEvent(new CustomEvent("drawn"));
    clearTimeout(pane.next);
    pane.next = setTimeout(() => this.isClosed() || !this.panes.includes(pane) || fetchAhead(pane), 5);
  }

  /** Nothing is seen, and nothing told of it. */
  cover(pane) {
    pane.box.dataset.covered = "";
    delete pane.box.dataset.at;
    clearOverlay(pane.box);
    pane.element.setAttribute("aria-label", pane.label);
  }

  /** What is told is told of the picture that is drawn, never of the one that was asked for. */
  rendered(pane) {
    if (!pane.wanted || this.isClosed()) return undefined;
    const { viewport } = pane;
    const id = viewport.getCornerstoneImage()?.imageId;
    const series = id ? seriesOf(this.exam, id) : undefined;
    if (!series || series !== pane.wanted || id !== viewport.getCurrentImageId()) {
      this.cover(pane);
      return id ? this.redraw(pane, id) : undefined;
    }
    // Covered because another one was asked for: it stays so until that one is drawn.
    if (pane.box.dataset.covered !== undefined && pane.asked && id !== pane.asked) return undefined;
    if (!drawOverlay(pane.box, viewport, id, this.say, series)) return this.cover(pane);
    for (const gone of ["covered", "loading", "failed"]) delete pane.box.dataset[gone];
    this.root.querySelector("[data-first]")?.remove();
    const name = nameOf(viewport, series, id, this.say);
    if (pane.element.getAttribute("aria-label") !== name) pane.element.setAttribute("aria-label", name);
    pane.box.dataset.at = viewport.getImageIds().indexOf(id) + 1;
    if (pane === this.pane && pane.spoken !== pane.box.dataset.at) {
      pane.spoken = pane.box.dataset.at;
      tellPlace(this.tell, this.say, series, pane.spoken, viewport.getImageIds().length);
    }
    if (pane.series !== series) {
      pane.series = series;
      this.choose(this.active);
    }
    return undefined;
  }

  /** A picture of an earlier series came late, and lies over the one that is wanted. */
  async redraw(pane, id) {
    const ids = pane.viewport.getImageIds();
    const { loading, failed } = pane.box.dataset;
    if (pane.redrawing || loading !== undefined || failed !== undefined || ids.includes(id)) return;
    pane.redrawing = true;
    try {
      await pane.viewport.setStack(ids, pane.viewport.getCurrentImageIdIndex());
      pane.viewport.render();
    } catch (fault) {
      this.fail(pane, fault);
    } finally {
      pane.redrawing = false;
    }
  }

  scroll(by) {
    this.viewport.scroll(by, false, false);
  }

  goTo(at) {
    const last = this.viewport.getImageIds().length - 1;
    // Whoever could not be had is told of by the pane.
    return this.viewport.setImageIdIndex(Math.max(0, Math.min(last, at))).catch(() => {});
  }

  /** An image by its id, in the series that it is of. */
  async goToImage(id) {
    const series = seriesOf(this.exam, id);
    if (!series) return;
    if (series.plane) return this.mpr.goTo(series, id);
    if (this.pane.series !== series || this.pane.wanted !== series) await this.show(series);
    const at = this.viewport.getImageIds().indexOf(id);
    if (at >= 0) await this.goTo(at);
  }

  zoom(by) {
    this.viewport.setZoom(this.viewport.getZoom() * by);
    this.viewport.render();
  }

  window(name) {
    this.setRange(rangeOf(PRESETS[name]));
  }

  /** Wider or narrower, brighter or darker, as a drag would do. */
  nudge(width, level) {
    const now = windowOf(this.viewport.getProperties().voiRange);
    const step = Math.max(1, now.width / 20);
    const wider = Math.max(1, now.width + width * step);
    this.setRange(rangeOf({ width: wider, level: now.level + level * step }));
  }

  setRange(voiRange) {
    this.viewport.setProperties({ voiRange });
    this.viewport.render();
  }

  invert() {
    const invert = !this.viewport.getProperties().invert;
    for (const { viewport } of this.together) {
      viewport.setProperties({ invert });
      viewport.render();
    }
  }

  turn(by = 90) {
    const { rotation = 0 } = this.viewport.getViewPresentation();
    this.viewport.setViewPresentation({ rotation: (rotation + by + 360) % 360 });
    this.viewport.render();
  }

  /** As in a mirror beside the screen, also where the picture lies on its side. */
  flip(way) {
    const { rotation = 0 } = this.viewport.getViewPresentation();
    const turned = Math.round(rotation / 90) % 2 === 1;
    const along = turned ? OTHER_WAY[way] : way;
    this.viewport.setCamera({ [along]: !this.viewport.getCamera()[along] });
    this.viewport.render();
  }

  /** As it came. */
  reset() {
    for (const pane of this.together) {
      const { viewport } = pane;
      this.stopCine(pane);
      viewport.setCamera({ flipHorizontal: false, flipVertical: false });
      viewport.setViewPresentation({ rotation: 0 });
      viewport.resetProperties();
      viewport.resetCamera();
      viewport.render();
    }
  }

  toggleCine() {
    const pane = this.pane;
    if (pane.playing) return this.stopCine(pane);
    if (pane.viewport.getImageIds().length < 2) return undefined;
    pane.playing = true;
    return this.play(pane, pane.rate ?? rateOf(metadataOf(pane.viewport.getCurrentImageId())));
  }

  play(pane, rate) {
    pane.rate = rate;
    utilities.cine.playClip(pane.element, { framesPerSecond: rate });
    this.root.dispatchEvent(new CustomEvent("cine", { detail: rate }));
  }

  /** A film that plays, faster or slower. */
  pace(by) {
    if (this.pane.playing) this.play(this.pane, stepOf(this.pane.rate, by));
  }

  stopCine(pane) {
    if (!pane?.playing) return;
    pane.playing = false;
    utilities.cine.stopClip(pane.element);
    this.root.dispatchEvent(new CustomEvent("cine", { detail: 0 }));
  }
}
