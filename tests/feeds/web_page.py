"""What web_page.html, invented as it is, must become."""

STATE = "html"
WHY = "the source returned a web page instead of a feed; look for a new address"
