// Sends the answer to the application; the button stays for whoever runs no script.
const form = document.getElementById("post");
// A page restored by the back button must not send a used answer again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) HTMLFormElement.prototype.submit.call(form);
});
