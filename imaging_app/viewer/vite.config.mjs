// Built for a strict page: one entry, workers as modules of their own, nothing inline.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

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

// The server sends these to whoever takes them (imaging_app/web/packed.py): a quarter of the bytes.
// At its best brotli would take five times as long for a tenth less.
const QUALITY = { [constants.BROTLI_PARAM_QUALITY]: 9 };
const WAYS = {
  br: (content) => promisify(brotliCompress)(content, { params: QUALITY }),
  gz: (content) => promisify(gzip)(content, { level: 9 }),
};
let built;

const packed = {
  name: "packed",
  configResolved(config) {
    built = join(config.root, config.build.outDir, config.build.assetsDir);
  },
  async closeBundle() {
    const pack = async (path) => {
      const content = await readFile(path);
      for (const [ending, way] of Object.entries(WAYS)) {
        const small = await way(content);
        if (small.length < content.length) await writeFile(`${path}.${ending}`, small);
      }
    };
    await Promise.all((await readdir(built)).map((name) => pack(join(built, name))));
  },
};

export default defineConfig({
  plugins: [mended, packed],
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
