# The little of feedparser that we use. Every value it hands out has to prove its type.
from collections.abc import Mapping
from io import BytesIO

class FeedParserDict(dict[str, object]): ...
class CharacterEncodingOverride(Exception): ...
class NonXMLContentType(Exception): ...

def parse(
    url_file_stream_or_string: BytesIO,
    *,
    response_headers: Mapping[str, str] | None = ...,
    resolve_relative_uris: bool = ...,
    sanitize_html: bool = ...,
) -> FeedParserDict: ...
