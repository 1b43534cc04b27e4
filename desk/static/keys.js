// Single keys press the buttons of the item that has the focus, or of the page. Off for who wants so.

import { decideMarked, firstRow, rowOf, step, toggleMark, undo } from "./rows.js";
import { say } from "./say.js";

const chosen = JSON.parse(document.body.dataset.keys ?? "{}");
const isOn = document.body.dataset.keysOff === undefined && Object.keys(chosen).length > 0;
const actions = new Map(Object.entries(chosen).map(([action, key]) => [key, action]));
const ofPage = new Set(["search", "help"]);
const nothing = {
  diff: "Nothing has changed at its source.",
  original: "It has no link to a page.",
  why: "All its reasons are shown.",
  open: "It is open.",
  mark: "Marks are for lists.",
};
let isGoing = false;

function types(element) {
  return element.isContentEditable || element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
}

// On the page of one item the whole page is that item.
const alone = () => document.querySelector(".item-head")?.closest("main");

function press(action) {
  if (action === "next" || action === "previous") {
    const beside = alone()?.querySelector(`a[data-do="${action}"]`);
    if (beside) beside.click();
    else if (alone()) say(action === "next" ? "This is the last item." : "This is the first item.");
    else step(action === "next" ? 1 : -1);
    return true;
  }
  if (action === "undo") {
    const button = alone()?.querySelector('[data-do="undo"]');
    if (button) button.click();
    else if (alone()) say("You have nothing to undo here. On the list it takes back your decisions, one by one.");
    else undo();
    return true;
  }
  if (ofPage.has(action)) {
    const places = [...document.querySelectorAll(`[data-do="${action}"]`)];
    const place = places.find((one) => one.closest("main")) ?? places[0];
    if (!place) { say(nothing[action]); return true; }
    if (action === "search") { place.closest("details")?.setAttribute("open", ""); place.focus(); place.select?.(); }
    else place.click();
    return true;
  }
  const row = rowOf(document.activeElement) ?? firstRow() ?? alone();
  if (!row) return false;
  if (action === "mark" && row.matches("article.item")) { toggleMark(row); return true; }
  if ((action === "accept" || action === "reject") && decideMarked(action)) return true;
  const button = row.querySelector(`[data-do="${action}"]`) ?? (action === "original" ? row.querySelector("h3 a") : null);
  if (!button) say(nothing[action] ?? `This item cannot be decided so: it is ${row.querySelector(".label, .state b")?.textContent ?? "closed"}.`);
  else if (action === "original") window.open(button.href, "_blank", "noopener,noreferrer");
  else button.click();
  return true;
}

function go(key) {
  const place = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (place) place.click();
  return Boolean(place);
}

document.addEventListener("keydown", (event) => {
  if (!isOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (types(event.target) || document.querySelector("dialog[open]")) return;
  if (isGoing) {
    isGoing = false;
    if (go(event.key)) event.preventDefault();
    return;
  }
  // Enter belongs to the link or button that has the focus; on an item itself it opens it.
  const action = event.key === "Enter" && event.target.matches("article.item") ? "open" : actions.get(event.key);
  if (!action || event.repeat && action !== "next" && action !== "previous") return;
  if (action === "go") { isGoing = true; setTimeout(() => { isGoing = false; }, 2000); event.preventDefault(); return; }
  if (press(action)) event.preventDefault();
});
