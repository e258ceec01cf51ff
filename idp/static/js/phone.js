// Looks whether the phone has answered, and goes on by itself as soon as it has. The page's button
// and its own reloading do the same without this file.
const form = document.querySelector("form[data-standing]");
const EVERY = 2000;

const look = async () => {
  let waiting = true;
  try {
    const answer = await fetch(form.dataset.standing, { cache: "no-store" });
    // Anything else is the server's trouble, and no word of the phone's.
    if (answer.ok || answer.status === 404) ({ waiting } = await answer.json());
  } catch {
    // The network is away for a moment.
  }
  if (waiting) setTimeout(look, EVERY);
  else if (!form.hasAttribute("data-busy")) form.requestSubmit(form.querySelector("[name=go]"));
};

if (form) setTimeout(look, EVERY);
