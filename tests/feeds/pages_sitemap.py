"""What pages_sitemap.xml, invented as it is, must become."""

STATE = "parse_error"
WHY = (
    "this sitemap lists pages without headlines, so it is no feed; look for the outlet's news"
    " sitemap. It can be read to fill a gap"
)
