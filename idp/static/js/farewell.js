// Shows, while the frames ask them, which applications know that the session is over.
const card = document.querySelector("[data-farewell]");
const until = Date.now() + Number(card.dataset.patience) * 1000;

const look = async () => {
  try {
    const answer = await fetch(card.dataset.state, { cache: "no-store" });
    const { over, states } = await answer.json();
    for (const item of card.querySelectorAll("[data-call]")) {
      const state = states[item.dataset.call];
      if (state) item.className = `reached-${state}`;
    }
    if (over) {
      location.replace(card.dataset.farewell);
      return;
    }
  } catch {
    // The network is away: the page comes again in any case.
  }
  if (Date.now() > until) location.replace(card.dataset.farewell);
  else setTimeout(look, 400);
};

setTimeout(look, 400);
