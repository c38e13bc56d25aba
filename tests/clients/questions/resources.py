"""Questions about what stands beside traces: comments, score configs, models, media, the project, the server's health."""

import json
import re

from .ask import listed, question, refused, shortened, shown, table, telling

MEDIA = re.compile(r"@@@langfuseMedia:type=[^|]+\|id=([A-Za-z0-9_-]+)\|")
SIGNED = ("url", "urlExpiry")
PAGE = 4
MODELS = 60

# Generation → why it cannot ask: a fact about the client, with Langfuse as with us.
NOT_FOR_CONDITIONS = {"python-3": "its models have no words for prices that depend on a parameter of the call"}


def questions(rows):
    """Returns every question about what stands beside traces."""
    yield from _comments(rows)
    yield from _score_configs(rows)
    yield from _models(rows)
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


def _comments(rows):
    comments = rows.comments

    def by(found, **parameters):
        return listed([comment for comment in comments if found(comment)], **parameters)

    yield question("comments", "all, in pages", listed(comments, limit=PAGE))
    kind = telling(comments, lambda comment: comment["objectType"], "type")
    yield question("comments", "by type", by(lambda comment: comment["objectType"] == kind, objectType=kind))
    one = comments[0]
    yield question(
        "comments",
        "of one thing",
        by(
            lambda comment: (comment["objectType"], comment["objectId"]) == (one["objectType"], one["objectId"]),
            objectType=one["objectType"],
            objectId=one["objectId"],
        ),
        by(lambda comment: False, objectType=one["objectType"], objectId="never-written"),
        refused(400, objectId=one["objectId"]),
    )
    yield question("comments", "by author", by(lambda comment: False, authorUserId="nobody"))
    for comment in comments:
        yield question("comment", f"comment {comment['id']}", shown(comment, comment["id"]))
    yield question("comment", "a comment that nobody wrote is not found", refused(404, "never-written"))


def _score_configs(rows):
    configs = rows.score_configs
    yield question("score-configs", "all, in pages", listed(configs, ("createdAt", "desc"), limit=PAGE))
    for config in configs:
        yield question("score-config", f"config {config['id']}", shown(config, config["id"]))
    yield question("score-config", "a config that nobody wrote is not found", refused(404, "never-written"))


def _models(rows):
    models = rows.models
    in_order = ("modelName", "asc")
    yield question("models", "all, in pages", listed(models, in_order, limit=MODELS)) | {"not for": NOT_FOR_CONDITIONS}
    yield question("models", "the first of them", shortened(listed(models, in_order)))
    own = [model for model in models if not model["isLangfuseManaged"]]
    for model in [*own, *(model for model in models[::MODELS] if model["isLangfuseManaged"])]:
        yield question("model", f"model {model['modelName']} {model['id']}", shown(model, model["id"]))
    yield question("model", "a model that nobody wrote is not found", refused(404, "never-written"))
