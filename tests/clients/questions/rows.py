"""Everything the store holds, as plain HTTP shows it without a filter."""

import urllib.parse
from functools import cached_property

PAGE = 100
OBSERVATION_GROUPS = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
ITEM_GROUPS = "core,dataset,io,metadata,itemMetadata,experimentMetadata,scores"
EPOCH = "1970-01-01T00:00:00Z"
SCORE_GROUPS = "core,details,subject,annotation"


class Rows:
    """The rows of each list in full, and single things on demand."""

    def __init__(self, server):
        self._server = server

    def _get(self, path, **query):
        return self._server.get(f"/api/public/{path}?{urllib.parse.urlencode(query)}")

    def one(self, path, name):
        """Returns the answer of `GET /api/public/<path>/<name>`."""
        return self._get(f"{path}/{urllib.parse.quote(name, safe='')}")

    def pages(self, path, **query):
        """Returns the rows of a list with page numbers."""
        rows, page = [], 1
        while True:
            answer = self._get(path, limit=PAGE, page=page, **query)
            rows += answer["data"]
            if page >= answer["meta"]["totalPages"]:
                return rows
            page += 1

    def _by_cursor(self, path, **query):
        rows, cursor = [], {}
        while True:
            answer = self._get(path, limit=PAGE, **query, **cursor)
            rows += answer["data"]
            if "cursor" not in answer["meta"]:
                return rows
            cursor = {"cursor": answer["meta"]["cursor"]}

    @cached_property
    def traces(self):
        return self.pages("traces")

    @cached_property
    def observations(self):
        return self.pages("observations")

    @cached_property
    def observations_v2(self):
        return self._by_cursor("v2/observations", fields=OBSERVATION_GROUPS)

    @cached_property
    def sessions(self):
        return self.pages("sessions")

    @cached_property
    def scores(self):
        """Scores as the first API shows them."""
        return self.pages("scores")

    @cached_property
    def scores_v2(self):
        """Scores as the second API shows them, with those whose trace is unknown."""
        return self.pages("v2/scores", fields="score")

    @cached_property
    def scores_v3(self):
        """Scores as the third API shows them, every group."""
        return self._by_cursor("v3/scores", fields=SCORE_GROUPS)

    @cached_property
    def comments(self):
        return self.pages("comments")

    @cached_property
    def score_configs(self):
        return self.pages("score-configs")

    @cached_property
    def models(self):
        return self.pages("models")

    @cached_property
    def experiments(self):
        return self._by_cursor("experiments", fields="core,metadata,scores", fromStartTime=EPOCH)

    @cached_property
    def experiment_items(self):
        return self._by_cursor("experiment-items", fields=ITEM_GROUPS, fromStartTime=EPOCH)

    @cached_property
    def projects(self):
        return self._get("projects")["data"]

    @cached_property
    def health(self):
        return self._get("health")

    @cached_property
    def trace_by_id(self):
        return {trace["id"]: trace for trace in self.traces}

    @cached_property
    def observations_by_trace(self):
        grouped = {trace: [] for trace in self.trace_by_id}
        for observation in self.observations:
            grouped.setdefault(observation["traceId"], []).append(observation)
        return grouped

    @cached_property
    def scores_by_trace(self):
        grouped = {trace: [] for trace in self.trace_by_id}
        for score in self.scores_v2:
            if score["traceId"] is not None:
                grouped.setdefault(score["traceId"], []).append(score)
        return grouped
