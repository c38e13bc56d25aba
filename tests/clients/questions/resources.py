"""Questions about what stands beside traces: comments, score configs, models, media, the project, the server's health."""

import json
import re

from .ask import question, refused, shown, table

MEDIA = re.compile(r"@@@langfuseMedia:type=[^|]+\|id=([A-Za-z0-9_-]+)\|")
SIGNED = ("url", "urlExpiry")


def questions(rows):
    """Returns every question about what stands beside traces."""
    yield from _media(rows)
    yield question("projects", "the project of the key", table(rows.projects))
    yield question("health", "the server is well", shown(rows.health))


def _media(rows):
    """Links to media are signed anew each time."""
    ids = {media for one in rows.observations for media in MEDIA.findall(json.dumps(one["input"]))}
    for media in sorted(ids):
        row = rows.one("media", media)
        yield question("media", f"medium {media}", shown({key: row[key] for key in row.keys() - set(SIGNED)}, media))
    yield question("media", "a medium that nobody uploaded is not found", refused(404, "never-uploaded"))
