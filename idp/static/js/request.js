// Looks whether the request was decided elsewhere, on the phone or in another window, and then shows
// what came of it. Without this file the page says so once a button is pressed.
const request = document.querySelector("#request[data-here]");
const EVERY = 2000;

const look = async () => {
  let decided = false;
  try {
    const asked = { method: "HEAD", cache: "no-store", redirect: "manual" };
    decided = (await fetch(request.dataset.here, asked)).type === "opaqueredirect";
  } catch {
    // The network is away for a moment.
  }
  if (!decided) setTimeout(look, EVERY);
  // What was pressed here is answered by its own page.
  else if (!request.querySelector("form[data-busy]")) location.assign(request.dataset.here);
};

if (request) setTimeout(look, EVERY);
