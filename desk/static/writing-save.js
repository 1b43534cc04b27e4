// Autosave of one form: 1.5 s after the last key and at most 2 s after the first, one request in
// flight, the next upon what the last one answered. What is not acknowledged is kept in this browser.

import { say } from "./say.js";

const AFTER_LAST = 1_500;
const AFTER_FIRST = 1_800;
const PATIENCE = 15_000;
const AGAIN = 3_000;
const lives = new BroadcastChannel("writing"); // which tabs are open: theirs is not offered here

export function autosave(form, whenSaved) {
  const fields = form.elements;
  const text = fields.markdown;
  const name = form.dataset.write;
  const tab = fields.tab.value;
  const { person } = document.body.dataset;
  const prefix = `writing ${person} ${location.pathname} ${name} `; // nobody is offered another's words
  const state = form.querySelector(".save-state");
  let turn = 0;
  let inFlight = false;
  let acknowledged = snapshot();
  let firstKey = 0;
  let timer = 0;
  let conflict = null;
  let isFresh = false; // what comes next is a version of its own
  let wish = null; // theirs, asked for: taken as soon as mine is a version of its own

  function snapshot() {
    const all = [...new FormData(form)].filter(([key]) => !/^(token|based_on|tab|base|was-)/.test(key));
    return JSON.stringify(all);
  }
  const isDirty = () => snapshot() !== acknowledged;

  function tell(words, trouble = false) {
    state.textContent = words;
    state.classList.toggle("failed", trouble);
    if (trouble) state.setAttribute("role", "alert"); else state.removeAttribute("role");
  }

  // The fields beside the text, and quotations, that stand otherwise than when the page was made.
  function changed() {
    const found = {};
    for (const one of form.elements) {
      if (one === text || !/^(text|textarea)$/.test(one.type)) continue;
      const was = fields[`was-${one.name}`]?.value ?? one.defaultValue;
      if (one.value !== was) found[one.name] = { was, now: one.value };
    }
    return found;
  }

  function keep() {
    try {
      if (isDirty()) {
        localStorage.setItem(prefix + tab, JSON.stringify({
          text: text.value, changed: changed(), base: fields.base.value, made: fields.based_on.value, at: new Date().toISOString(),
        }));
      } else localStorage.removeItem(prefix + tab);
    } catch { /* full or forbidden: the server has it in two seconds */ }
  }

  function typed() {
    keep();
    if (!isDirty()) return;
    if (!conflict) tell("Not saved yet");
    const now = performance.now();
    firstKey ||= now;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(AFTER_LAST, firstKey + AFTER_FIRST - now)));
  }

  async function post(keepalive = false) {
    const body = new URLSearchParams(new FormData(form));
    body.set("turn", String(++turn));
    if (isFresh) body.set("fresh", "1");
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), PATIENCE);
    try {
      return await fetch(form.getAttribute("action"), {
        method: "POST", body, headers: { accept: "application/json" }, redirect: "manual",
        signal: stop.signal, keepalive: keepalive && body.toString().length < 60_000,
      });
    } finally { clearTimeout(limit); }
  }

  async function save(keepalive = false) {
    clearTimeout(timer);
    if (inFlight || conflict || !isDirty()) return;
    inFlight = true;
    firstKey = 0;
    const sent = { text: text.value, all: snapshot() };
    let answer = null;
    try { answer = await post(keepalive === true); } catch { /* told below */ }
    inFlight = false;
    if (!answer) later("Not saved: the desk cannot be reached. Your text is kept in this browser");
    else if (answer.ok) await saved(answer, sent);
    else if (answer.type === "opaqueredirect") ended();
    else if (answer.status === 403) await refused();
    else if (answer.status === 409 && isJson(answer)) disagree(await answer.json(), sent);
    else if (answer.status === 409) tell("Not saved: the instalment is approved. Your text is kept in this browser", true);
    else if (answer.status === 413) tell("Not saved: the text is too long. It is kept in this browser", true);
    else later("Not saved: the desk has trouble. Your text is kept in this browser");
  }

  const isJson = (answer) => (answer.headers.get("content-type") || "").startsWith("application/json");

  function later(words) {
    tell(`${words}; trying again${wish === null ? "" : ", and theirs is taken as soon as yours is saved"}.`, true);
    clearTimeout(timer);
    timer = setTimeout(save, AGAIN);
  }

  async function saved(answer, sent) {
    const told = await answer.json();
    fields.based_on.value = told.made;
    fields.base.value = sent.text;
    acknowledged = sent.all;
    isFresh = false;
    for (const [key, value] of JSON.parse(sent.all)) {
      if (fields[`was-${key}`]) fields[`was-${key}`].value = value;
    }
    if (told.fragment) replace(told.fragment);
    keep();
    if (told.problems.length) tell(told.problems.join(" "), true);
    else if (isDirty()) tell("Not saved yet");
    else tell(`Saved at ${new Date().toTimeString().slice(0, 5)}`);
    whenSaved();
    if (isDirty()) typed();
    else if (wish !== null) take();
  }

  // The quotations with their checks; not while somebody works in them.
  function replace(fragment) {
    const old = document.getElementById("quotes");
    if (!old || old.contains(document.activeElement)) return;
    const made = new DOMParser().parseFromString(fragment, "text/html").getElementById("quotes");
    const isOpen = old.querySelector("details")?.open;
    old.replaceWith(made);
    const details = made.querySelector("details");
    if (details && isOpen !== undefined) details.open = isOpen;
    const now = new Map(JSON.parse(snapshot()));
    acknowledged = JSON.stringify([...now].map(([key, value]) => [
      key, key.startsWith("quote-") ? value : (new Map(JSON.parse(acknowledged)).get(key) ?? value),
    ]));
  }

  function ended() {
    tell("Your sign-in has ended. Your text is kept in this browser: ", true);
    const link = document.createElement("a");
    link.href = "/sign-in";
    link.target = "_blank";
    link.textContent = "sign in again in another window";
    state.append(link, " and come back, then it is saved.");
    addEventListener("focus", async () => { if (await anew()) save(); }, { once: true });
  }

  async function refused() {
    const isAnew = await anew();
    if (isAnew) save();
    else if (isAnew === false) later("Not saved: the desk has trouble. Your text is kept in this browser");
  }

  // A sign-in anew has a token of its own: the page that is there by now tells it. Null if it is
  // somebody else's: what one person wrote is not saved in another's name.
  async function anew() {
    const answer = await fetch(location.pathname, { redirect: "manual" }).catch(() => null);
    if (!answer || !answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("input[name=token]")?.value;
    if (!token || token === fields.token.value) return false;
    if (page.body.dataset.person !== person) {
      tell("Not saved: somebody else has signed in. Your text is kept in this browser until you sign in again.", true);
      return null;
    }
    for (const one of document.querySelectorAll("input[name=token]")) one.value = token;
    return true;
  }

  // Somebody else has saved: both texts stay, and whoever writes says what becomes of them.
  function disagree(told, sent) {
    conflict = { told, sent };
    wish = null; // theirs is another text by now: ask again
    form.querySelector(".conflict")?.remove();
    const box = document.createElement("section");
    box.className = "conflict";
    box.setAttribute("role", "alert");
    const at = told.at ? ` at ${new Date(told.at).toTimeString().slice(0, 5)}` : "";
    const head = document.createElement("p");
    const who = document.createElement("b");
    who.textContent = `${told.who} changed this${at}.`;
    head.append(who, " Nothing is lost: your text stands here as you typed it. Theirs, and what yours has otherwise:");
    const diff = document.createElement("p");
    diff.className = "diff-text";
    diff.innerHTML = told.diff; // escaped by the server, with ins and del alone
    const deeds = document.createElement("p");
    deeds.className = "quote-deeds";
    for (const [words, act] of [["Put both together", together], ["Keep mine", mine], ["Take theirs", theirs]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = act === together ? "accept" : "quiet";
      button.textContent = words;
      button.addEventListener("click", act);
      deeds.append(button);
    }
    box.append(head, diff, deeds);
    form.append(box);
    tell("Not saved: somebody else was faster", true);
  }

  function settle(words) {
    const { told } = conflict;
    fields.based_on.value = told.made;
    fields.base.value = told.theirs;
    conflict = null;
    form.querySelector(".conflict")?.remove();
    if (words !== null) text.value = words;
    acknowledged = "";
    isFresh = true;
    text.focus();
    return save();
  }

  async function together() {
    if (text.value !== conflict.sent.text) { // typed on meanwhile: ask for both put together once more
      const sent = { text: text.value, all: snapshot() };
      const answer = await post().catch(() => null);
      if (!answer || answer.status !== 409) return;
      conflict = { told: await answer.json(), sent };
    }
    await settle(conflict.told.together);
  }
  const mine = () => settle(null);
  async function theirs() { // mine becomes a version first, so that it can be taken up again
    wish = conflict.told.theirs;
    await settle(null);
  }
  function take() {
    text.value = wish;
    wish = null;
    isFresh = true;
    return save();
  }

  // A text that this browser holds and the server does not: a tab that was killed left it.
  function offer() {
    const left = Object.keys(localStorage).filter((key) => key.startsWith(prefix) && key !== prefix + tab);
    if (!left.length) return;
    const alive = new Set();
    const listen = (event) => { if (event.data.alive) alive.add(event.data.alive); };
    lives.addEventListener("message", listen);
    lives.postMessage({ who: true });
    setTimeout(() => {
      lives.removeEventListener("message", listen);
      for (const key of left) {
        if (alive.has(key.slice(prefix.length))) continue;
        const kept = JSON.parse(localStorage.getItem(key) || "null");
        const beside = Object.entries(kept?.changed ?? {});
        const isHere = kept?.text === text.value && beside.every(([field, told]) => fields[field]?.value === told.now);
        if (!kept || isHere) localStorage.removeItem(key);
        else { show(key, kept); break; }
      }
    }, 300);
  }

  function show(key, kept) {
    const box = document.createElement("section");
    box.className = "conflict";
    box.setAttribute("role", "alert");
    const head = document.createElement("p");
    head.textContent = `This browser holds a text of ${new Date(kept.at).toLocaleString()} that was not saved:`;
    const words = document.createElement("p");
    words.className = "diff-text";
    const beside = Object.entries(kept.changed ?? {});
    words.textContent = [kept.text, ...beside.map(([, told]) => told.now)].filter(Boolean).join("\n\n");
    const deeds = document.createElement("p");
    deeds.className = "quote-deeds";
    const act = (label, then) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = label;
      button.addEventListener("click", () => { localStorage.removeItem(key); box.remove(); then(); });
      deeds.append(button);
    };
    act("Take it up", () => {
      // Upon what it was written upon: if others have saved since, both are put together.
      fields.based_on.value = kept.made;
      fields.base.value = kept.base;
      text.value = kept.text;
      for (const [field, told] of beside) {
        if (fields[field]?.value === told.was) fields[field].value = told.now;
        else say(`Not taken up, as it reads otherwise by now: “${told.now}”`);
      }
      acknowledged = "";
      typed();
      text.focus();
    });
    act("Leave it", () => {});
    box.append(head, words, deeds);
    form.prepend(box);
  }

  lives.addEventListener("message", (event) => { if (event.data.who) lives.postMessage({ alive: tab }); });
  form.addEventListener("input", (event) => {
    if (wish !== null && event.target === text) { // whoever writes on keeps their own
      wish = null;
      say("You wrote on, so your text stays. Theirs is among the earlier versions.");
    }
    typed();
  });
  document.addEventListener("input", (event) => { if (event.target.form === form && !form.contains(event.target)) typed(); });
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.name) { keep(); return; } // a button beside a quotation
    event.preventDefault();
    if (isDirty()) save(); else tell("Saved");
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });
  addEventListener("pagehide", () => save(true));
  offer();

  return {
    form, name,
    saveNow: () => { typed(); save(); },
    heard(made) {
      if (made <= Number(fields.based_on.value) || inFlight || conflict || isDirty()) return;
      if (!form.querySelector(".newer")) {
        const line = document.createElement("p");
        line.className = "newer";
        line.setAttribute("role", "status");
        const link = document.createElement("a");
        link.href = location.href;
        link.textContent = "Load it";
        line.append("Somebody has saved a newer text. ", link);
        form.prepend(line);
      }
    },
  };
}
