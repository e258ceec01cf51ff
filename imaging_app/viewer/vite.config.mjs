// Built for a strict page: one entry, workers as modules of their own, nothing inline.
import { defineConfig } from "vite";

// The page forbids styles written into its text; the same styles set by a script are its own.
const INLINE = "textElement.setAttribute('style', combinedStyle)";
const OWN = "textElement.style.cssText = combinedStyle";

const ownStyles = {
  name: "own-styles",
  transform(code, id) {
    if (!id.endsWith("/drawingSvg/drawTextBox.js")) return null;
    if (!code.includes(INLINE)) throw new Error("the library writes its styles otherwise now");
    return { code: code.replaceAll(INLINE, OWN), map: null };
  },
};

export default defineConfig({
  plugins: [ownStyles],
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
