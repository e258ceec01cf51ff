// SPDX-License-Identifier: Apache-2.0
// While a volume comes, how much of it is here; and why there is none.

export class Waiting {
  constructor(root, say) {
    this.say = say;
    this.part = root.querySelector("[data-mpr-waiting]");
    this.bar = this.part.querySelector("progress");
    this.text = this.part.querySelector("[data-mpr-at]");
    this.note = root.querySelector("[data-mpr-why]");
    this.words = this.note.querySelector("[data-mpr-words]");
    this.note.querySelector("button").addEventListener("click", () => this.hide());
    this.part.querySelector("button").addEventListener("click", () => this.cancel?.());
    this.part.addEventListener("keydown", (event) => event.key === "Escape" && this.cancel?.());
  }

  begin(total, cancel) {
    this.hide();
    this.cancel = cancel;
    this.bar.max = total;
    this.at(0);
    this.part.hidden = false;
    this.part.querySelector("button").focus();
  }

  at(done) {
    this.bar.value = done;
    this.text.textContent = this.say("mpr-at", { at: done, total: this.bar.max });
  }

  end(next) {
    this.cancel = null;
    if (this.part.contains(document.activeElement)) next.focus();
    this.part.hidden = true;
  }

  /** The reason stays until another series is looked at. */
  why(series, name, places) {
    this.about = series;
    this.note.dataset.mprWhy = name;
    this.words.textContent = this.say(name, places);
    this.note.hidden = false;
  }

  hide() {
    this.about = null;
    this.note.hidden = true;
    this.words.textContent = "";
  }
}
