// Copying a key, printing codes. The page works without: both are on it to be read.

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const told = button.parentElement.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent.replaceAll(" ", ""));
      told.textContent = button.dataset.copied;
      told.classList.remove("unseen");
    } catch {
      // Where the browser refuses, the key is selected: the person copies it.
      getSelection().selectAllChildren(source);
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
