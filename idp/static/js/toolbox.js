// The checks of « Boîte à outils ». The page holds every answer; here is found out which one is true.

const box = document.querySelector("[data-toolbox]");
const locale = document.documentElement.lang;
// Authenticator codes live for thirty seconds.
const TOLERATED = 30_000;

const tell = (key, name, measure = "") => {
  const check = box.querySelector(`[data-check="${key}"]`);
  for (const answer of check.querySelectorAll("[data-answer]")) {
    answer.hidden = answer.dataset.answer !== name;
    const place = answer.querySelector("[data-measure]");
    if (place) place.textContent = measure;
  }
};

// « 4 minutes »: the largest unit of which there is at least one.
const duration = (milliseconds) => {
  const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1000]];
  const [unit, size] = units.find(([, one]) => milliseconds >= one) ?? units[3];
  const options = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 };
  return new Intl.NumberFormat(locale, options).format(milliseconds / size);
};

const compareClocks = async () => {
  try {
    const before = Date.now();
    const answer = await fetch(box.dataset.clock, { cache: "no-store" });
    const after = Date.now();
    const { now } = await answer.json();
    // The answer was written somewhere between asking and reading.
    const offset = (before + after) / 2 - now;
    if (Math.abs(offset) <= TOLERATED + (after - before)) tell("clock", "right");
    else tell("clock", offset > 0 ? "ahead" : "behind", duration(Math.abs(offset)));
  } catch {
    tell("clock", "unknown");
  }
};

const isRecent = () =>
  CSS.supports("selector(:has(a))") && CSS.supports("color", "color-mix(in srgb, red, blue)");

const stores = () => {
  try {
    localStorage.setItem("toolbox", "1");
    localStorage.removeItem("toolbox");
    return true;
  } catch {
    return false;
  }
};

const holdsPasskeys = async () => {
  try {
    return await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
  } catch {
    return false;
  }
};

const visible = (part) => part.querySelector("[data-answer]:not([hidden])");
const words = (part) => part.textContent.replace(/\s+/g, " ").trim();

const about = () => [
  box.dataset.version,
  new Date().toISOString(),
  navigator.userAgent,
  `${navigator.language}, ${innerWidth}×${innerHeight}, ${devicePixelRatio}`,
];

// No address, no cookie, no name: only what support needs.
const report = () => {
  const lines = [...box.querySelectorAll("[data-check]")].map((check) => {
    const title = words(check.querySelector(".check-title"));
    return `${title} – ${words(visible(check).querySelector(".check-said"))}`;
  });
  return [...lines, "", ...about()].join("\n");
};

const conclude = () => {
  const bad = box.querySelector('[data-answer][data-verdict="bad"]:not([hidden])') !== null;
  for (const said of box.querySelectorAll("[data-said]")) {
    said.hidden = said.dataset.said !== (bad ? "bad" : "good");
  }
  box.querySelector("#result").value = report();
  box.querySelector("[data-paper]").textContent = about().join("\n");
  box.dataset.done = "";
};

const copy = async () => {
  const told = box.querySelector("[data-copied]");
  const text = box.querySelector("#result");
  try {
    await navigator.clipboard.writeText(text.value);
    told.textContent = told.dataset.done;
  } catch {
    told.textContent = told.dataset.failed;
    box.querySelector("[data-text]").open = true;
    text.focus();
    text.select();
  }
};

// What static/js/toolbox-card.js finds out, at any time.
box.addEventListener("told", ({ detail }) => {
  tell(detail.key, detail.name, detail.measure);
  if ("done" in box.dataset) conclude();
});
box.querySelector("[data-print]").addEventListener("click", () => print());

tell("script", "on");
if (!navigator.cookieEnabled) tell("cookies", "refused");
tell("connection", isSecureContext ? "secure" : "open");
tell("browser", isRecent() ? "recent" : "old");
tell("storage", stores() ? "kept" : "refused");
tell("passkeys", "PublicKeyCredential" in window ? "known" : "unknown");
tell("holder", (await holdsPasskeys()) ? "present" : "absent");
await compareClocks();
conclude();
box.querySelector("[data-copy]").addEventListener("click", copy);
