// SPDX-License-Identifier: Apache-2.0
// The series of the exam, as buttons that the page has drawn.

export function listSeries(root, exam, stage) {
  const buttons = [...root.querySelectorAll("[data-series]")];
  const found = new Map(exam.series.map((one) => [one.uid, one]));
  for (const button of buttons) {
    button.addEventListener("click", () => stage.show(found.get(button.dataset.series)));
  }
  root.addEventListener("pane", (event) => {
    const series = event.detail?.series;
    const shown = (series?.of ?? series)?.uid;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.series === shown));
    }
  });
}
