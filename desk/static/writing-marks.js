// The small toolbar above a text, and what it does to the words that are selected. No key of the
// browser or of a screen reader is taken: with words selected, typing * [ or " sets them between.

const MARKS = [
  ["Bold", (words) => [`**${words || "bold"}**`, 2]],
  ["Italic", (words) => [`*${words || "italic"}*`, 1]],
  ["Link", (words) => [`[${words || "words"}](https://)`, 1]],
  ["Quotation", (words) => [`\u201c${words}\u201d`, 1]],
  ["Indent", (words) => [lines(words, "> "), 2]],
  ["List", (words) => [lines(words, "- "), 2]],
];
const TYPED = { "*": ["*", "*"], "[": ["[", "](https://)"], '"': ["\u201c", "\u201d"] };

function lines(words, mark) {
  return (words || "").split("\n").map((line) => mark + line).join("\n");
}

// Through the browser's own command, so that its undo knows of it.
export function insert(text, words) {
  text.focus();
  if (!document.execCommand("insertText", false, words)) {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const selected = (text) => text.value.slice(text.selectionStart, text.selectionEnd);

function mark(text, make) {
  const start = text.selectionStart;
  const words = selected(text);
  const [made, inset] = make(words);
  const isLine = made.startsWith("> ") || made.startsWith("- ");
  const before = isLine && start > 0 && text.value[start - 1] !== "\n" ? "\n\n" : "";
  insert(text, before + made);
  if (!words && !isLine) text.setSelectionRange(start + inset, start + made.length - inset);
}

export function toolbar(text) {
  const bar = document.createElement("div");
  bar.className = "marks";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Marks for the text");
  bar.setAttribute("aria-controls", text.id);
  MARKS.forEach(([label, make], place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `quiet mark-${label.toLowerCase()}`;
    button.textContent = label;
    button.tabIndex = place === 0 ? 0 : -1; // one stop; arrows go from one to the next
    button.addEventListener("click", () => mark(text, make));
    bar.append(button);
  });
  bar.addEventListener("keydown", (event) => {
    const all = [...bar.children];
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    all.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
    next.focus();
  });
  text.before(bar);
  text.addEventListener("beforeinput", (event) => {
    const pair = event.inputType === "insertText" ? TYPED[event.data] : undefined;
    const words = selected(text);
    if (!pair || !words || words.includes("\n\n")) return;
    event.preventDefault();
    const start = text.selectionStart;
    insert(text, pair[0] + words + pair[1]);
    text.setSelectionRange(start + pair[0].length, start + pair[0].length + words.length);
  });
}
