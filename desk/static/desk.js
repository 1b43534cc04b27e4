// What every page of the desk does once it is there. Nothing here is needed for reading or deciding.

// An answer that could not be had is said in words; the page stays as it was.
export function say(text) {
  let place = document.getElementById("said");
  if (!place) {
    place = document.createElement("div");
    place.id = "said";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = text;
  place.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { place.hidden = true; }, 8000);
}

document.addEventListener("htmx:sendError", () => say("The desk cannot be reached just now. Nothing was changed."));
document.addEventListener("htmx:timeout", () => say("The desk took too long to answer. Load the page again to see what holds."));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status !== 401) say(`The desk refused that (${status}). Load the page again to see what holds.`);
});
