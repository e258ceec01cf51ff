// The field of a one-time code: how long it is good for, when another may be asked for. The page
// says and does the same without this file.

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

// Calls `show` with the seconds left, now and each second, until there are none.
const countDown = (seconds, show) => {
  // By the clock, so that a sleeping tab does not lag behind.
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    show(left);
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
};

for (const part of document.querySelectorAll("[data-countdown]")) {
  // Read aloud once, when it is over, and not each second.
  part.setAttribute("aria-live", "off");
  countDown(Number(part.dataset.countdown), (left) => {
    if (left === 0) part.setAttribute("aria-live", "polite");
    part.textContent = left ? part.dataset.running.replace("{time}", minutes(left)) : part.dataset.over;
  });
}

for (const button of document.querySelectorAll("[data-after]")) {
  const text = button.querySelector(".button-text");
  const label = text.textContent;
  let waiting = 0;
  countDown(Number(button.dataset.after), (left) => {
    waiting = left;
    text.textContent = left ? button.dataset.waiting.replace("{seconds}", left) : label;
    button.toggleAttribute("data-waits", left > 0);
  });
  button.addEventListener("click", (event) => {
    if (waiting) event.preventDefault();
  });
}

// What is pasted may have spaces or a hyphen in it.
for (const input of document.querySelectorAll("input[autocomplete=one-time-code]")) {
  input.addEventListener("input", () => {
    const digits = input.value.replace(/[^0-9]/g, "");
    if (digits !== input.value) input.value = digits;
  });
}
