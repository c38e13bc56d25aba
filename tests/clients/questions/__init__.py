"""What every reader is asked after the writers are done, and the answer that each question must get.

The answers are worked out here from everything the store holds, read once over plain HTTP without any filter, so that they do not
depend on what the server makes of a parameter. The readers of all generations ask the same questions in their own words.
"""

import json

from . import daily, experiments, metrics, observations, refusals, resources, scores, sessions, traces
from .rows import Rows

TOPICS = (traces, observations, sessions, scores, resources, daily, metrics, experiments, refusals)


def write(server, path):
    """Asks the server for everything it holds and writes the questions with their answers to `path`."""
    rows = Rows(server)
    questions = [question for topic in TOPICS for question in topic.questions(rows)]
    titles = [(question["endpoint"], question["title"]) for question in questions]
    twice = {title for title in titles if titles.count(title) > 1}
    if twice:
        raise ValueError(f"asked twice: {twice}")
    path.write_text(json.dumps(questions, ensure_ascii=False, indent=1))
