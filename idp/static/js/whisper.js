// The application was asked once its frame is there, or could not be had: nobody can tell which.
const card = document.querySelector("[data-whisper]");
const frame = card.querySelector("template").content.querySelector("iframe").cloneNode();

const note = async () => {
  try {
    await fetch(card.dataset.told, { cache: "no-store" });
  } finally {
    if (window === window.top) location.replace(card.dataset.back);
  }
};

frame.addEventListener("load", note, { once: true });
card.querySelector("[hidden]").append(frame);
