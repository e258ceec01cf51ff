// Built for a strict page: one entry, workers as modules of their own, nothing inline.
import { defineConfig } from "vite";

// What the library does otherwise than here is needed: which file, what stands there, what must.
const MENDED = [
  // The page forbids styles written into its text; the same styles set by a script are its own.
  [
    "/drawingSvg/drawTextBox.js",
    "textElement.setAttribute('style', combinedStyle)",
    "textElement.style.cssText = combinedStyle",
  ],
  // Drawn without a card, a picture has as many pixels as the screen: so its places are reckoned, and
  // on a screen of two pixels for one a length would be told twice as long.
  [
    "/cpuFallback/rendering/resize.js",
    "const { clientWidth, clientHeight } = canvas;",
    "const [clientWidth, clientHeight] = [canvas.clientWidth, canvas.clientHeight]" +
      ".map((side) => Math.round(side * (window.devicePixelRatio || 1)));",
  ],
  // From one image to the next it keeps the window that is drawn, but told the one of the file.
  [
    "/RenderingEngine/StackViewport.js",
    "const { windowCenter, windowWidth, voiLUTFunction } = viewport.voi;",
    "const drawn = this.stackInvalidated ? undefined : this._cpuFallbackEnabledElement.viewport.voi;" +
      "const { windowCenter, windowWidth, voiLUTFunction } = drawn ?? viewport.voi;",
  ],
];

const mended = {
  name: "mended",
  transform(code, id) {
    const found = MENDED.find(([file]) => id.endsWith(file));
    if (!found) return null;
    const [file, written, wanted] = found;
    if (!code.includes(written)) throw new Error(`${file} is written otherwise now`);
    return { code: code.replaceAll(written, wanted), map: null };
  },
};

export default defineConfig({
  plugins: [mended],
  base: "./",
  // vtk.js asks for Node's `events`; without the package of that name the bundle dies at its first line.
  resolve: { alias: { events: "events/" } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "../static/viewer",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    rollupOptions: { input: "src/main.js" },
  },
});
