# SPDX-License-Identifier: Apache-2.0
"""What the browser notes of itself while somebody looks at an exam, and a page to compare with.

Times are milliseconds since the navigation began; something counts as painted once the frame that
shows it is done.
"""

# Within any page, before its own scripts: when what is asked of it is on the screen.
WATCH = """(() => {
  performance.setResourceTimingBufferSize(5000);
  const seen = { look: 0, depth: 0, painted: [], asked: [] };
  window.seenHere = seen;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (one.url.endsWith("/first")) seen.look ||= one.startTime;
    }
  }).observe({ type: "largest-contentful-paint", buffered: true });
  const after = (then) => {
    const line = new MessageChannel();
    line.port1.onmessage = () => { line.port1.close(); then(performance.now()); };
    line.port2.postMessage(0);
  };
  let last = "";
  new MutationObserver(() => {
    const at = document.querySelector("[data-at]")?.dataset.at ?? "";
    if (at === last) return;
    last = at;
    if (at) after((now) => { seen.depth ||= now; seen.painted.push([Number(at), now]); });
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-at"] });
  for (const kind of ["wheel", "keydown"]) {
    addEventListener(kind, (event) => seen.asked.push(event.timeStamp), true);
  }
})()"""

# What came over the line, by what it is for.
FETCHED = """() => {
  const seen = window.seenHere;
  const [page] = performance.getEntriesByType("navigation");
  const all = [page, ...performance.getEntriesByType("resource")].map((one) => ({
    path: new URL(one.name).pathname, bytes: one.transferSize,
    at: one.startTime, end: one.responseEnd,
  }));
  const frames = all.filter((one) => one.path.includes("/frames/") && one.end);
  return { look: seen.look, depth: seen.depth, all, frames };
}"""

SCROLLED = """() => {
  const { painted, asked } = window.seenHere;
  return { painted, asked };
}"""
FORGET = "() => { window.seenHere.painted.length = window.seenHere.asked.length = 0; }"

# As many slices, decoded already, put on a canvas as large as the viewer's: nothing is quicker.
BARE = """([slices, side, width, height]) => {
  document.body.innerHTML = "<canvas></canvas>";
  document.body.style.margin = 0;
  const canvas = document.querySelector("canvas");
  canvas.width = canvas.height = side;
  canvas.style.cssText = `width:${width}px;height:${height}px`;
  const context = canvas.getContext("2d");
  const all = Array.from({ length: slices }, (_, number) => {
    const made = new ImageData(side, side);
    const dots = new Uint32Array(made.data.buffer);
    for (let at = 0; at < dots.length; at += 1) {
      dots[at] = 0xff000000 | (((at * 7 + number * 13) & 0xff) * 0x10101);
    }
    return made;
  });
  let at = 1;
  let waits = false;
  const draw = () => {
    waits = false;
    context.putImageData(all[at - 1], 0, 0);
    canvas.dataset.at = at;
  };
  const go = (by) => {
    at = Math.min(slices, Math.max(1, at + by));
    if (!waits) requestAnimationFrame(draw);
    waits = true;
  };
  addEventListener("wheel", (event) => go(Math.sign(event.deltaY)));
  const ways = { ArrowDown: 1, ArrowUp: -1, Home: -slices };
  addEventListener("keydown", (event) => go(ways[event.key] ?? 0));
  draw();
}"""
