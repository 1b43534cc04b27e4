// Items of a list: the focus moves on after a decision, answers come as pieces and are put in place.

import { say } from "./say.js";
import { restore, settle } from "./unsent.js";

let last = null; // the id of the item that had the focus

export const rowOf = (element) => element?.closest?.("article.item") ?? (last && document.getElementById(last));
const rows = () => [...document.querySelectorAll("main article.item")].filter((row) => row.checkVisibility());
export const firstRow = () => rows()[0] ?? null;

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("article.item");
  if (row) last = row.id;
});

function focus(row) {
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

export function step(by) {
  const all = rows();
  const at = all.indexOf(rowOf(document.activeElement));
  const to = at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[at + by];
  if (to) focus(to);
}

// The next item that still waits, else the next one, else the one before.
function moveOn(row) {
  const all = rows();
  const after = all.slice(all.indexOf(row) + 1);
  const waits = (one) => one.classList.contains("queued") && !one.dataset.decided;
  const to = after.find(waits) ?? after[0] ?? all.slice(0, all.indexOf(row)).reverse().find(waits) ?? row;
  focus(to);
}

export function toggleMark(row) {
  if (mark(row, !row.classList.contains("marked"))) tellMarks();
}

function mark(row, isMarked) {
  const button = row.querySelector('[data-do="mark"]');
  if (!button) return false;
  row.classList.toggle("marked", isMarked);
  button.setAttribute("aria-pressed", String(isMarked));
  return true;
}

// On a phone the tools, and most of what was decided, are one press away.
function unfold(button) {
  const isOpen = button.closest("article.item").classList.toggle("unfolded");
  button.setAttribute("aria-expanded", String(isOpen));
}

const marked = () => rows().filter((row) => row.classList.contains("marked"));

// Marks are this window's alone, and outlast a page that is loaded again.
const marksOf = `marks ${document.body.dataset.person} ${location.pathname}${location.search}`;

function restoreMarks() {
  const kept = JSON.parse(sessionStorage.getItem(marksOf) ?? "[]");
  for (const id of kept) {
    const row = document.getElementById(id);
    if (row) mark(row, true);
  }
  if (kept.length) tellMarks();
}

function tellMarks() {
  const place = document.getElementById("marked");
  if (!place) return;
  sessionStorage.setItem(marksOf, JSON.stringify([...document.querySelectorAll("article.item.marked")].map((row) => row.id)));
  const number = marked().length;
  place.hidden = !number;
  place.textContent = number ? `${number} marked: a decision or an assignment is for all of them` : "";
}

// With marks, a decision is for all marked; gives whether there were any.
export function decideMarked(action) {
  const all = marked();
  for (const row of all) row.querySelector(`[data-do="${action}"]`)?.click();
  return all.length > 0;
}

// One request at a time, in the order of the keys: each finds the page as the one before left it.
let line = Promise.resolve();

document.addEventListener("submit", (event) => {
  const form = event.target;
  const how = form.dataset.piece;
  // A form on a page of its own leads on by itself: nothing stands there to be put in place.
  if (!how || !form.closest("article.item, dialog, #undo, #asks")) return;
  event.preventDefault();
  const row = form.closest("article.item");
  if (row && how === "decide") {
    row.dataset.decided = "yes";
    moveOn(row);
  }
  if (form.elements.also) form.elements.also.value = marked().map((one) => one.id.slice(5)).join(",");
  line = line.then(() => send(form, how)).catch(() => {
    row?.removeAttribute("data-decided");
    say("The desk cannot be reached just now. Nothing was changed.");
  });
});

// What is undone is what stands in the bar when its turn comes, not when the key was pressed.
export function undo() {
  line = line.then(() => {
    const form = document.querySelector("#undo form");
    return form ? send(form, "undo") : say("There is nothing to undo.");
  }).catch(() => say("The desk cannot be reached just now. Nothing was changed."));
}

async function send(asked, how) {
  // What is undone is what stands in the bar when its turn comes.
  const form = how === "undo" && !asked.isConnected ? document.querySelector("#undo form") : asked;
  if (!form) { say("There is nothing to undo."); return; }
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "HX-Request": "true" },
    redirect: "error",
  });
  if (answer.status === 401) { say("Your sign-in has ended. Sign in again in another window, then load this page."); return; }
  settle();
  const isPiece = answer.ok || answer.status === 409 || answer.status === 422;
  const text = await answer.text();
  const pieces = new DOMParser().parseFromString(text, "text/html");
  if (!isPiece || pieces.querySelector("main")) {
    say(pieces.querySelector("main p")?.textContent.trim() || `The desk refused that (${answer.status}). Load the page again.`);
    form.closest("article.item")?.removeAttribute("data-decided");
    return;
  }
  const dialog = form.closest("dialog");
  if (dialog && answer.status !== 422) dialog.close();
  put(pieces, dialog, /\/(star|comment)$/.test(form.action));
  if (answer.status === 409) say(pieces.querySelector("[role=alert]")?.textContent.replace(/\s+/g, " ").trim() ?? "Somebody was faster.");
}

function put(pieces, dialog, keepsMarks) {
  let lands = null;
  for (const piece of [...pieces.body.children]) {
    const old = document.getElementById(piece.id);
    if (!old) continue;
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(piece);
    if (keepsMarks && old.classList.contains("marked")) mark(piece, true);
    window.htmx?.process(piece);
    restore(piece);
    if (piece.dataset.lands) lands = piece.dataset.lands;
    if (piece.dataset.first) piece.querySelector("button")?.focus();
    else if (hadFocus && piece.matches("article.item")) focus(piece);
    else if (hadFocus && dialog) piece.querySelector("[autofocus], textarea, select, button")?.focus();
  }
  const row = lands && document.getElementById(lands);
  if (row) {
    row.closest("details.more")?.setAttribute("open", "");
    focus(row);
  }
  tellMarks();
}

// Forms beside the decision open above the list; without a script the link leads to their page.
document.addEventListener("click", async (event) => {
  const pressed = event.target.closest("button[data-do]")?.dataset.do;
  if (pressed === "mark") { toggleMark(event.target.closest("article.item")); return; }
  if (pressed === "rest") { unfold(event.target.closest("button")); return; }
  if (pressed === "next" || pressed === "previous") { step(pressed === "next" ? 1 : -1); return; }
  if (event.target.closest("dialog [data-close]")) { event.preventDefault(); event.target.closest("dialog").close(); return; }
  const link = event.target.closest("a[data-aside]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const row = link.closest("article.item");
  if (row) last = row.id;
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) { location.assign(link.href); return; }
  open(await answer.text(), link.dataset.aside, row);
});

function open(text, part, row) {
  let dialog = document.getElementById("above");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "above";
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      const back = last && document.getElementById(last);
      const at = document.activeElement;  // told late: whoever went on meanwhile is not called back
      if (back && (at === document.body || dialog.contains(at) || back.contains(at))) focus(back);
    });
  }
  const pieces = new DOMParser().parseFromString(text, "text/html");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "quiet close";
  close.dataset.close = "";
  close.textContent = "Close";
  dialog.replaceChildren(...pieces.body.children, close);
  restore(dialog);
  const heading = dialog.querySelector("h1");
  heading.id = "above-heading";
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.showModal();
  const of = dialog.querySelector(`#aside-${part}`);
  of?.scrollIntoView({ block: "nearest" });
  (of?.querySelector("select, textarea, input:not([type=hidden])") ?? close).focus();
}

restoreMarks();
