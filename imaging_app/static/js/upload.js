// SPDX-License-Identifier: Apache-2.0
// Files are brought in some at a time, with how far it is: thousands of them are one form after the
// other, and whoever cancels keeps what was taken before. Without this the form goes as it is.

const LINES = "application/x-ndjson";
// What one form holds: small enough that a broken one costs little.
const FILES = 100;
const BYTES = 64 * 1024 * 1024;
const GONE = [401, 403];
const LARGE = 413;
// Whoever listens is told every so many hundredths.
const STEP = 10;

const form = document.getElementById("upload");
const field = document.getElementById("f-files");
const sending = document.getElementById("sending");
const bar = document.getElementById("sending-bar");
const said = document.getElementById("sending-said");
const result = document.getElementById("result");
const lines = document.getElementById("lines");
const shown = Number(result.dataset.shown);
const language = document.documentElement.lang;
const megabytes = new Intl.NumberFormat(language, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat(language);

let under = null;

const size = (bytes) => megabytes.format(bytes / 1_000_000);
const filled = (text, told) => text.replace(/\{(\w+)\}/g, (_whole, name) => told[name]);

const pause = () => new Promise((resolve) => setTimeout(resolve));

// How large each file is: browsers look it up on the disk, so thousands are asked for some at a time.
async function sizes(files) {
  const found = [];
  for (const one of files) {
    found.push(one.size);
    if (found.length % FILES === 0) await pause();
  }
  return found;
}

// Portions of the chosen files, in their order, each with its bytes.
function* portions(files, each) {
  let [some, bytes] = [[], 0];
  for (const [at, one] of files.entries()) {
    if (some.length && (some.length === FILES || bytes + each[at] > BYTES)) {
      yield [some, bytes];
      [some, bytes] = [[], 0];
    }
    some.push(one);
    bytes += each[at];
  }
  if (some.length) yield [some, bytes];
}

class Run {
  constructor(files) {
    this.files = files;
    this.all = 0;
    // Of an archive nobody knows how many files are in it.
    this.counted = !files.some((one) => /zip/i.test(`${one.name} ${one.type}`));
    this.before = 0;
    this.sent = 0;
    this.taken = 0;
    this.told = 0;
    this.cancelled = false;
    this.counts = { kept: 0, known: 0, aside: 0, refused: 0 };
  }

  async go() {
    const each = await sizes(this.files);
    this.all = each.reduce((sum, one) => sum + one, 0);
    for (const [some, bytes] of portions(this.files, each)) {
      if (this.cancelled) return "cancelled";
      const end = await this.send(some, bytes);
      if (end !== "done") return end;
      this.before += bytes;
    }
    return "done";
  }

  send(some, bytes) {
    const data = new FormData();
    data.set("form_token", form.elements.form_token.value);
    for (const one of some) data.append("files", one, one.name);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      this.request = request;
      let read = 0;
      let whole = false;
      const take = () => {
        if (request.status !== 200) return;
        const text = request.responseText;
        for (let end = text.indexOf("\n", read); end >= 0; end = text.indexOf("\n", read)) {
          const one = JSON.parse(text.slice(read, end));
          read = end + 1;
          if (one.done) whole = true;
          else this.note(one);
        }
        this.show();
      };
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        // A form is a little more than its files.
        this.sent = this.before + (total ? (loaded / total) * bytes : 0);
        this.show();
      });
      request.addEventListener("progress", take);
      request.addEventListener("load", () => {
        take();
        if (GONE.includes(request.status)) resolve("gone");
        else if (request.status === LARGE) resolve("large");
        else resolve(whole ? "done" : "broken");
      });
      request.addEventListener("abort", () => resolve("cancelled"));
      request.addEventListener("error", () => resolve("broken"));
      request.open("POST", form.action);
      request.setRequestHeader("Accept", LINES);
      request.send(data);
    });
  }

  cancel() {
    this.cancelled = true;
    this.request?.abort();
  }

  note(one) {
    this.taken += 1;
    this.counts[one.fate] += 1;
    if (one.fate === "kept" || one.fate === "known") return;
    this.told += 1;
    if (this.told > shown) return;
    lines.append(line(one));
  }

  show() {
    const isSent = this.all > 0 && this.sent >= this.all;
    if (!isSent) bar.value = this.all ? (100 * this.sent) / this.all : 0;
    else if (this.counted) bar.value = (100 * this.taken) / this.files.length;
    else bar.removeAttribute("value");
    const words = sending.dataset;
    const bytes = filled(words.sent, { sent: size(this.sent), all: size(this.all) });
    const told = { taken: plain.format(this.taken), all: plain.format(this.files.length) };
    const files = filled(this.counted ? words.taken : words.some, told);
    document.getElementById("sending-bytes").textContent = bytes;
    document.getElementById("sending-files").textContent = files;
    const step = Math.floor(((this.all ? this.sent / this.all : 0) * 100) / STEP) + Number(isSent);
    if (step !== this.step) said.textContent = `${bytes} · ${files}`;
    this.step = step;
  }
}

function line(one) {
  const item = document.createElement("li");
  item.dataset.fate = one.fate;
  item.dataset.reason = one.reason;
  const name = document.createElement("code");
  name.textContent = one.name || "?";
  const why = document.createElement("span");
  why.className = "fine";
  const fate = document.createElement("strong");
  fate.textContent = document.querySelector(`#counts [data-fate=${one.fate}] dt`).textContent;
  why.append(fate, ` · ${one.why}`);
  const both = document.createElement("span");
  both.append(name, document.createElement("br"), why);
  item.append(both);
  return item;
}

function finish(end) {
  sending.hidden = true;
  form.hidden = false;
  form.reset();
  result.hidden = false;
  for (const [fate, count] of Object.entries(under.counts)) {
    document.querySelector(`#counts [data-fate=${fate}] dd`).textContent = plain.format(count);
  }
  lines.hidden = !under.told;
  document.getElementById("others").hidden = under.told <= shown;
  document.getElementById("decide").hidden = !under.counts.aside;
  const title = document.getElementById("result-title");
  title.textContent = title.dataset[end];
  result.dataset.end = end;
  under = null;
  title.focus();
}

form.addEventListener("submit", async (event) => {
  const files = [...field.files];
  if (!files.length || under) return;
  event.preventDefault();
  under = new Run(files);
  lines.replaceChildren();
  result.hidden = true;
  form.hidden = true;
  sending.hidden = false;
  under.show();
  document.getElementById("sending-title").focus();
  const end = await under.go();
  // Logged out, or shut out meanwhile: the page itself says so.
  if (end === "gone") {
    under = null;
    location.reload();
  } else finish(end);
});

document.getElementById("cancel").addEventListener("click", () => under?.cancel());

globalThis.addEventListener("beforeunload", (event) => {
  if (under) event.preventDefault();
});
