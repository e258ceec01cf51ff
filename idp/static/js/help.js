// The question that the address names is open: /faq#code.
const open = () => {
  const answer = document.getElementById(location.hash.slice(1));
  const question = answer?.closest("details");
  if (!question) return;
  question.open = true;
  question.querySelector("summary").focus();
  question.scrollIntoView();
};
addEventListener("hashchange", open);
open();
