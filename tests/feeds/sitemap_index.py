"""What sitemap_index.xml, invented as it is, must become."""

from pipeline.records import Document

DOCUMENT = Document(
    format="sitemap",
    more=(
        "https://feeds.example/2024.xml",
        "https://strait-wire.example/2023.xml",
        "https://strait-wire.example/undated.xml",
    ),
)
