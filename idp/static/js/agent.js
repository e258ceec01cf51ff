// Speaks to the agent of this workstation.

export const VERSION = 1;
// A program of this computer answers at once, or is busy with a card.
export const PATIENCE = 5000;

export const post = async (address, path, body, signal) => {
  const answer = await fetch(address + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    // Neither cookies nor the address of this page belong to a program of the workstation.
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    signal,
  });
  return { status: answer.status, told: await answer.json() };
};
