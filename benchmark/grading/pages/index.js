"use strict";
const body = document.querySelector("tbody");
const rows = body ? [...body.rows] : [];
const search = document.getElementById("search");
const show = document.getElementById("show");
const heads = [...document.querySelectorAll("th button")];
let chosen = null;

function detailOf(row) {
  return document.getElementById(`detail-${row.dataset.number}`);
}

function choose(row) {
  if (chosen) {
    chosen.classList.remove("chosen");
    detailOf(chosen).hidden = true;
  }
  chosen = row;
  if (row) {
    row.classList.add("chosen");
    detailOf(row).hidden = false;
    row.scrollIntoView({ block: "nearest" });
  }
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = `${row.textContent} ${detailOf(row).textContent}`.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    row.hidden = !(fits && (!show.value || row.dataset.words.split(" ").includes(show.value)));
    count += row.hidden ? 0 : 1;
  }
  if (chosen && chosen.hidden) choose([...body.rows].find((row) => !row.hidden) ?? null);
  document.getElementById("shown").textContent = `${count} of ${rows.length} shown`;
}

function sort(column) {
  const head = heads[column].parentElement;
  const upwards = head.getAttribute("aria-sort") !== "ascending";
  const value = (row) => Number(row.cells[column].dataset.value ?? NaN);
  const text = (row) => row.cells[column].textContent.trim();
  const compare = (a, b) => value(a) - value(b) || text(a).localeCompare(text(b), undefined, { numeric: true });
  heads.forEach((other) => other.parentElement.setAttribute("aria-sort", "none"));
  head.setAttribute("aria-sort", upwards ? "ascending" : "descending");
  [...body.rows].sort((a, b) => (upwards ? compare(a, b) : compare(b, a))).forEach((row) => body.append(row));
}

function step(direction) {
  const doubtful = [...body.rows].filter((row) => !row.hidden && row.dataset.words.split(" ").includes("doubtful"));
  if (!doubtful.length) return;
  const all = [...body.rows];
  const here = chosen ? all.indexOf(chosen) : direction > 0 ? -1 : all.length;
  const ahead = doubtful.filter((row) => (all.indexOf(row) - here) * direction > 0);
  choose(direction > 0 ? ahead[0] ?? doubtful[0] : ahead.at(-1) ?? doubtful.at(-1));
}

if (body) {
  rows.forEach((row) => {
    detailOf(row).hidden = true;
    row.addEventListener("click", () => choose(row));
  });
  heads.forEach((head, column) => head.addEventListener("click", () => sort(column)));
  search.addEventListener("input", filter);
  show.addEventListener("change", filter);
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
    if (event.key === "Enter" && chosen && !event.target.matches("a, button")) location.href = chosen.dataset.page;
  });
  filter();
  choose(rows[0] ?? null);
}
