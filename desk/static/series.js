// A mistake's line leads to its place in the text.

for (const link of document.querySelectorAll("[data-line]")) {
  link.addEventListener("click", (event) => {
    const area = document.getElementById("source");
    if (!area) return;
    event.preventDefault();
    const lines = area.value.split("\n");
    const line = Math.min(Number(link.dataset.line), lines.length);
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + lines[line - 1].length);
    const high = parseFloat(getComputedStyle(area).lineHeight) || 20;
    area.scrollTop = Math.max(0, (line - 4) * high);
  });
}
