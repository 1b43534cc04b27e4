// What improves the item's page and the list of pasted links; both work without it.

const EVERY = 1500; // milliseconds between two looks at links that are on their way

async function lookAgain() {
  const links = document.getElementById("links");
  const path = links?.dataset.lookAgain;
  if (!path) return;
  try {
    const answer = await fetch(path, { headers: { accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById("links");
      // The region stays, so that its news is read out; what has not changed is left in peace.
      if (now && now.innerHTML !== links.innerHTML) links.replaceChildren(...now.childNodes);
      if (now && !now.dataset.lookAgain) delete links.dataset.lookAgain;
    }
  } catch {
    // The line is down for a moment: the next look will tell.
  }
  setTimeout(lookAgain, EVERY);
}

setTimeout(lookAgain, EVERY);
