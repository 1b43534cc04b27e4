// What a text does while it is written: it saves itself, is kept here until it is saved, and says
// who else writes. Everything works without this: each form has its button.
import { autosave } from "./writing-save.js";
import { orderable } from "./writing-order.js";
import { toolbar, insert } from "./writing-marks.js";
import { say } from "./desk.js";

const PING = 10_000;
const writers = [...document.querySelectorAll("form[data-write]")].map((form) => autosave(form, refresh));
for (const form of document.querySelectorAll("form[data-write]")) {
  const text = form.querySelector("textarea[name=markdown]");
  if (text && !("plain" in text.dataset)) toolbar(text);
}
orderable(refresh);

// The piece beside the forms, as the server makes it; a later request overtakes an earlier one.
let asked = 0;
let timer = 0;
function refresh() {
  const piece = document.querySelector("#piece[data-from]");
  if (!piece) return;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const mine = ++asked;
    const answer = await fetch(piece.dataset.from, { redirect: "manual" }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["piece", "checks"]) { // how it will run, and how its quotations stand
      const [old, now] = [document.getElementById(id), made.getElementById(id)];
      if (old && now) old.replaceChildren(...now.childNodes);
    }
  }, 300);
}

// A quotation goes where the cursor is, word for word; the server finds it again by its words.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-insert]");
  const text = document.querySelector("#write textarea[name=markdown]");
  if (!button || !text) return;
  event.preventDefault();
  const said = button.dataset.said ? ` (${button.dataset.said})` : "";
  insert(text, `\u201c${button.dataset.insert}\u201d${said}`);
  writers.find((one) => one.form.id === "write")?.saveNow();
});

// The other buttons beside quotations save the text as well: first what is typed, then the page.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(from.value);
    } catch {
      from.select(); // plain addresses in the house have no clipboard of that kind
      document.execCommand("copy");
    }
    say("Copied.");
  });
}

// Who else has this open. Nothing is locked by it.
const presence = document.querySelector("form[data-presence]");
if (presence) {
  const place = presence.dataset.presence;
  const line = document.getElementById("presence");
  const told = (leaves) => {
    const body = new URLSearchParams({ token: presence.elements.token.value });
    if (leaves) body.set("leaves", "1");
    return body;
  };
  const ping = async () => {
    if (document.hidden) return;
    const answer = await fetch(place, {
      method: "POST", body: told(false), headers: { accept: "application/json" }, redirect: "manual",
    }).catch(() => null);
    if (!answer || !answer.ok) return;
    const { others, made } = await answer.json();
    line.hidden = others.length === 0;
    const words = others.length === 0 ? "" :
      `${others.join(" and ")} ${others.length === 1 ? "is" : "are"} editing this ${place.startsWith("/items") ? "item" : "instalment"}`;
    if (line.textContent.trim() !== words) line.textContent = words;
    for (const writer of writers) writer.heard(made[writer.name] ?? 0);
  };
  ping();
  setInterval(ping, PING);
  document.addEventListener("visibilitychange", ping);
  addEventListener("pagehide", () => navigator.sendBeacon(place, told(true)));
}
