// SPDX-License-Identifier: Apache-2.0
// The printed sheet: what is on the screen in its own proportions. A picture that is pulled to the
// width of a page is another body, and a measure lies elsewhere on it.

// Of a sheet of A4 or letter paper, upright, at 96 points an inch and with its margins.
const WIDE = 680;
const HIGH = 780;

export function bindSheet(root) {
  addEventListener("beforeprint", () => {
    const pictures = root.querySelector("[data-pictures]");
    if (!pictures) return;
    const { clientWidth: width, clientHeight: height } = pictures;
    const scale = Math.min(1, WIDE / width, HIGH / height);
    // Drawn smaller, and not laid out anew: nothing in it is drawn again meanwhile.
    Object.assign(pictures.style, {
      width: `${width}px`,
      height: `${height}px`,
      transform: `scale(${scale})`,
      transformOrigin: "0 0",
      marginBottom: `${(scale - 1) * height}px`,
      marginRight: `${(scale - 1) * width}px`,
    });
  });
  addEventListener("afterprint", () => root.querySelector("[data-pictures]")?.removeAttribute("style"));
}
