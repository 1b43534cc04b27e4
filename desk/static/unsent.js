// What was typed into a form and not sent stays in this browser and is put back: when another button
// was pressed, the page was left, the sign-in had ended or the desk refused it. It goes only once the
// desk says, by a cookie with the number that went along, that it has taken it. Each page keeps its own
// words under a key of its own: two tabs in one form take nothing from one another.

const KEPT = 30 * 86_400_000; // milliseconds; ticks and choices without a word: an hour
const UNTYPED = 3_600_000;
// Hidden fields that change from page to page; the others tell forms of one address apart.
const SHIFTING = /^(token|version|then|ruled|also|unsent|fresh)$/;
const prefix = `unsent ${document.body.dataset.person} `;
const number = () => [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");
const here = number(); // this page, as loaded now
const goneOn = new WeakMap(); // form -> what another page had kept and this one goes on from

const addressOf = (form) => new URL(form.getAttribute("action") ?? "", location.href).pathname;
const isTick = (one) => one.type === "checkbox" || one.type === "radio";
const isWord = (one) => /^(text|textarea|url|email|search|tel)$/.test(one.type);

// Texts that save themselves (writing-save.js) and passwords are not kept here.
function isKept(form) {
  return form?.method === "post" && !form.dataset.write && !form.querySelector("input[type=password]")
    && Boolean(form.closest("main, dialog"));
}

function keyOf(form) {
  const fixed = [...form.elements].filter((one) => one.type === "hidden" && !SHIFTING.test(one.name));
  return [prefix + addressOf(form), ...fixed.map((one) => `${one.name}=${one.value}`)].join("&");
}

function usual(one) {
  if (isTick(one)) return one.defaultChecked;
  if (one.type !== "select-one") return one.defaultValue;
  return ([...one.options].find((each) => each.defaultSelected) ?? one.options[0])?.value ?? "";
}
const now = (one) => (isTick(one) ? one.checked : one.value);
function set(one, value) { if (isTick(one)) one.checked = value; else one.value = value; }

const fieldsOf = (form) => [...form.elements].filter((one) => one.name
  && (isTick(one) || isWord(one) || one.type === "select-one" || one.type === "datetime-local"));

function read(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(key) || "null");
    return Array.isArray(kept?.changed) ? kept : null; // another release may have kept it otherwise
  } catch { return null; }
}
function write(key, kept) {
  try {
    if (kept) localStorage.setItem(key, JSON.stringify(kept)); else localStorage.removeItem(key);
  } catch { /* full or forbidden: the page itself still holds it */ }
}

const own = (form) => `${keyOf(form)} @${here}`;

// What was kept for a form: by this page, then by others, the latest first.
function keptFor(form) {
  const key = keyOf(form);
  return Object.keys(localStorage).filter((one) => one === key || one.startsWith(`${key} @`))
    .map((one) => ({ key: one, ...read(one) })).filter((one) => one.changed)
    .sort((one, other) => (other.key === own(form)) - (one.key === own(form)) || other.at - one.at);
}

function keep(form) {
  const changed = fieldsOf(form).filter((one) => now(one) !== usual(one)).map((one) => ({
    name: one.name, tick: isTick(one) ? one.value : null, was: usual(one), now: now(one), word: isWord(one),
  }));
  const kept = changed.length ? { at: Date.now(), changed } : null;
  write(own(form), kept);
  const from = goneOn.get(form);
  goneOn.delete(form);
  if (from && read(from.key)?.at === from.at) write(from.key, null); // unless it was typed on there
  return kept;
}

// Put back what was typed into the forms of a page, or of a piece of it that has come.
export function restore(root) {
  for (const form of root.querySelectorAll?.("form") ?? []) {
    const [kept, ...others] = isKept(form) && !form.dataset.putBack ? keptFor(form) : [];
    if (!kept) continue;
    const isAnybodys = (one) => kept.changed.some((each) => each.name === one.name && each.tick === (isTick(one) ? one.value : null));
    const fields = fieldsOf(form).filter(isAnybodys);
    const back = [];
    const beside = [];
    for (const each of kept.changed) {
      const one = fields.find((field) => field.name === each.name && (each.tick === null || field.value === each.tick));
      if (one && now(one) === each.now) continue; // it stands there
      if (one && usual(one) === each.was) { set(one, each.now); back.push(one); }
      else if (each.word) beside.push(each.now); // the desk says something else there by now
    }
    if (kept.key !== own(form) && !beside.length) goneOn.set(form, kept);
    const stands = new Set([...beside, ...fieldsOf(form).map(now)]);
    const also = new Set(others.flatMap((one) => one.changed.filter((each) => each.word && !stands.has(each.now)).map((each) => each.now)));
    if (back.length || beside.length || also.size) tell(form, [kept, ...others], back, beside, [...also]);
  }
}

function tell(form, all, back, beside, also) {
  form.dataset.putBack = "yes";
  const line = document.createElement("div");
  line.className = "put-back";
  line.setAttribute("role", "status");
  const said = document.createElement("p");
  const at = new Date(all[0].at).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" });
  if (back.length) said.textContent = `Not sent yet: what you typed (${at}) was put back. `;
  else if (beside.length) said.textContent = `You typed this (${at}) and did not send it; something else stands here by now: `;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "quiet";
  drop.textContent = "Drop it";
  drop.addEventListener("click", () => {
    for (const one of back) set(one, usual(one));
    goneOn.delete(form);
    for (const one of all) write(one.key, null);
    line.remove();
    (back[0] ?? form.querySelector("input:not([type=hidden]), textarea, button"))?.focus();
  });
  said.append(drop);
  line.append(said);
  show(line, beside);
  if (also.length) show(line, ["In another window you typed, and did not send:"], "");
  show(line, also);
  form.prepend(line);
}

function show(line, texts, name = "text") {
  for (const words of texts) {
    const text = document.createElement("p");
    text.className = name;
    text.textContent = words;
    line.append(text);
  }
}

// What the desk has taken needs no keeping any more.
export function settle() {
  const taken = [...document.cookie.matchAll(/serieswatch-taken[^=;]*=([0-9a-f.]+)/g)].flatMap((one) => one[1].split("."));
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(prefix)) continue;
    const kept = read(key);
    const age = Date.now() - (kept?.at ?? 0);
    if (taken.includes(kept?.sent) || age > (kept?.changed.some((each) => each.word) ? KEPT : UNTYPED)) write(key, null);
  }
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => { if (isKept(event.target.form)) keep(event.target.form); });
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  const kept = isKept(form) && keep(form);
  if (!kept) return;
  const sent = number();
  form.querySelector("input[name=unsent]")?.remove();
  const along = document.createElement("input");
  along.type = "hidden";
  along.name = "unsent";
  along.value = sent;
  form.append(along);
  write(own(form), { ...kept, sent });
}, true);
document.addEventListener("htmx:load", (event) => restore(event.detail.elt));

settle();
restore(document);
