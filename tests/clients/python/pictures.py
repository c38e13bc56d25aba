"""A picture on its way through a Langfuse client: uploaded beside the trace, referred to in its payload, and read back."""

import base64
import re
import urllib.request

from langfuse.media import LangfuseMedia

from connection import get

# One transparent pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
URI = "data:image/png;base64," + base64.b64encode(PNG).decode()
REFERENCE = re.compile(r"^@@@langfuseMedia:type=image/png\|id=([A-Za-z0-9_-]{22})\|source=(bytes|base64_data_uri)@@@$")


def payload():
    """Returns an input that holds the same picture twice: as an object of the client, and as a data URI in a chat message."""
    return {
        "picture": LangfuseMedia(content_bytes=PNG, content_type="image/png"),
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": URI, "detail": "low"}}]},
        ],
    }


def check(client, observation_id):
    """Asserts that the stored input refers to the picture in both places, and that the client gets the picture back."""
    stored = get(f"observations/{observation_id}")["input"]
    tokens = [stored["picture"], stored["messages"][0]["content"][0]["image_url"]["url"]]
    found = [REFERENCE.match(token) for token in tokens]
    assert all(found), tokens
    assert found[0].group(1) == found[1].group(1), "one content has one id"

    known = get(f"media/{found[0].group(1)}")
    assert (known["contentType"], known["contentLength"]) == ("image/png", len(PNG))
    with urllib.request.urlopen(known["url"], timeout=10) as answer:
        assert answer.read() == PNG

    resolved = client.resolve_media_references(obj={"picture": tokens[0]}, resolve_with="base64_data_uri", max_depth=10)
    assert resolved == {"picture": URI}
