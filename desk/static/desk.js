// What every page of the desk does once it is there. Nothing here is needed for reading or deciding.

import { say } from "./say.js";
import "./keys.js";
import "./rows.js";
import "./unsent.js";

export { say };

document.documentElement.classList.add("scripted");

// Where the rooms do not fit beside each other, the one we are in is seen.
const room = document.querySelector(".rooms [aria-current]");
if (room) room.parentElement.scrollLeft = room.offsetLeft - 16;

document.addEventListener("htmx:sendError", (event) => {
  // A poll that fails is tried again by itself; only what somebody pressed is told.
  if (!event.target.closest("#pulse")) say("The desk cannot be reached just now. Nothing was changed.");
});
document.addEventListener("htmx:timeout", () => say("The desk took too long to answer. Load the page again to see what holds."));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status !== 401) say(`The desk refused that (${status}). Load the page again to see what holds.`);
});
// Whoever comes back to a page is told at once what has come meanwhile.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.getElementById("pulse")) window.htmx?.trigger("#pulse", "look");
});
