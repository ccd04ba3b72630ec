"use strict";
// Answers are built here and saved by the browser; nothing is sent anywhere.
const form = document.getElementById("review");
const answers = () => ({
  format: "intercoder-review-1",
  report: form.dataset.report,
  name: form.elements.name.value.trim(),
  answers: [...document.querySelectorAll("fieldset[data-pattern]")].map((field) => ({
    pattern: field.dataset.pattern,
    sentence: field.dataset.sentence,
    verdict: (field.querySelector("input:checked") || { value: "" }).value,
    comment: field.querySelector("textarea").value.trim(),
  })).filter((one) => one.verdict || one.comment),
});
let saved = true;
document.addEventListener("input", () => { saved = false; });
window.addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("download").addEventListener("click", () => {
  const found = answers();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(found, null, 2)], { type: "application/json" }));
  link.download = "answers.json";
  link.click();
  URL.revokeObjectURL(link.href);
  saved = true;
  document.getElementById("said").textContent = `${found.answers.length} answers saved as answers.json`;
});
