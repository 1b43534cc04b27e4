// The order of the items: by the buttons, by Alt and an arrow on an item, by dragging. It shows at
// once and is put back if the desk refuses.
import { say } from "./desk.js";

export function orderable(whenMoved) {
  const root = () => document.getElementById("order");
  if (!root()) return;

  async function send(form, extra, focus) {
    const body = new URLSearchParams(new FormData(form));
    for (const [key, value] of Object.entries(extra)) body.set(key, value);
    const before = root().cloneNode(true);
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST", body, headers: { accept: "application/json" }, redirect: "manual",
    }).catch(() => null);
    if (answer && answer.ok) {
      const made = new DOMParser().parseFromString((await answer.json()).fragment, "text/html");
      root().replaceWith(made.getElementById("order"));
      document.getElementById(focus)?.focus();
      whenMoved();
      return;
    }
    root().replaceWith(before);
    say(answer && answer.status === 409
      ? "Somebody else has changed this item meanwhile. Load the page again to see the order that holds."
      : "The item could not be moved. Load the page again to see the order that holds.");
  }

  // What it will look like, before the desk has answered.
  function shift(item, way) {
    const list = [...root().querySelectorAll(".order-item")];
    const other = list[list.indexOf(item) + (way === "up" ? -1 : 1)];
    if (other && other.parentElement === item.parentElement) {
      if (way === "up") other.before(item); else other.after(item);
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-move]");
    if (!form) return;
    event.preventDefault();
    const item = form.closest(".order-item");
    const way = form.elements.way?.value;
    if (way) shift(item, way);
    send(form, {}, way ? `${way}-${item.dataset.item}` : `move-${item.dataset.item}`);
  });

  document.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!way || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const item = event.target.closest?.(".order-item");
    if (!item || event.target.closest("select")) return; // there it opens the list
    event.preventDefault();
    item.querySelector(`#${way}-${item.dataset.item}`)?.click();
  });

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".order-item") || null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    if (dragged && event.target.closest?.(".order-part")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const part = event.target.closest?.(".order-part");
    if (!dragged || !part) return;
    event.preventDefault();
    const over = event.target.closest(".order-item");
    const item = dragged;
    dragged = null;
    if (over === item) return;
    const form = item.querySelector("form[data-move]");
    const box = over?.getBoundingClientRect();
    const below = box && event.clientY > box.top + box.height / 2;
    const before = below ? over.nextElementSibling : over;
    if (before) before.before(item); else part.querySelector("ol").append(item);
    send(form, { way: "", section: part.dataset.section, before: before?.dataset?.item || "" }, `up-${item.dataset.item}`);
  });
}
