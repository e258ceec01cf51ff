// The card reader, as its program tells it: nothing is asked of the card, and nothing secret.

const box = document.querySelector("[data-toolbox]");
const locale = document.documentElement.lang;
const VERSION = 1;
// A program of this computer answers at once, or is busy with a card.
const PATIENCE = 5000;
const SOON = 30 * 86_400;
// The best that there is in any reader comes first.
const ORDER = ["present", "mute", "reading", "absent"];

const tell = (key, name, measure = "") => {
  box.dispatchEvent(new CustomEvent("told", { detail: { key, name, measure } }));
};

const skip = (...keys) => keys.forEach((key) => tell(key, "skipped"));

const ask = async (address) => {
  const answer = await fetch(`${address}/v1/state`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  });
  return answer.json();
};

// The first program that answers; null where there is none.
const find = async () => {
  for (const address of box.dataset.agents.split(" ")) {
    try {
      return await ask(address);
    } catch {
      // Nobody there, or a program that does not speak to this site: the next one may.
    }
  }
  return null;
};

const day = (seconds) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(new Date(seconds * 1000));

const tellValidity = (until) => {
  if (!Number.isFinite(until)) return tell("validity", "untold");
  const left = until - Date.now() / 1000;
  return tell("validity", left <= 0 ? "over" : left < SOON ? "soon" : "valid", day(until));
};

const tellCard = (reader) => {
  if (reader.card !== "present") {
    tell("card", reader.card);
    return skip("validity");
  }
  const name = reader.tries === 0 ? "blocked" : reader.tries === 1 ? "last-try" : "present";
  // Its number: support needs no name.
  tell("card", name, String(reader.serial || "–"));
  return tellValidity(reader.valid_until);
};

const check = async () => {
  const found = await find();
  if (found === null) {
    tell("agent", "absent");
    return skip("reader", "card", "validity");
  }
  if (found.version !== VERSION || !Array.isArray(found.readers)) {
    tell("agent", "other");
    return skip("reader", "card", "validity");
  }
  tell("agent", "found", String(found.agent));
  if (found.readers.length === 0) {
    tell("reader", "absent");
    return skip("card", "validity");
  }
  tell("reader", "found", found.readers.map((one) => one.name).join(", "));
  const [first] = ORDER.flatMap((state) => found.readers.filter((one) => one.card === state));
  return tellCard(first ?? { card: "mute" });
};

const again = async () => {
  delete box.dataset.cardDone;
  await check();
  box.dataset.cardDone = "";
};

box.querySelector("[data-again]").addEventListener("click", again);
await again();
