"""How many streams may be open: each looks at the database for as long as it lasts."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from common.errors import RateLimited
from common.http.overload import Overloaded
from generation import metrics

RETRY_AFTER = 10  # seconds


class TooManyStreams(RateLimited):
    """The user has as many streams open as one may have."""

    code = "TOO_MANY_STREAMS"
    message = "同时打开的实时进度过多，请关闭一些后再试"

    def __init__(self, limit: int) -> None:
        said = f"同时打开的实时进度过多（最多{limit}个），请关闭一些后再试"
        super().__init__(said, headers={"Retry-After": str(RETRY_AFTER)})


class Streams:
    """The open streams of one process, at most `per_user` of a user and `most` in all."""

    def __init__(self, per_user: int, most: int) -> None:
        self._per_user = per_user
        self._most = most
        self._open: Counter[int] = Counter()

    @contextmanager
    def one_for(self, user_id: int) -> Iterator[None]:
        """Inside the block the user has one stream more; raises `TooManyStreams` or `Overloaded`."""
        if self._open[user_id] >= self._per_user:
            raise TooManyStreams(self._per_user)
        if self._open.total() >= self._most:
            raise Overloaded
        self._open[user_id] += 1
        metrics.STREAMS.inc()
        try:
            yield
        finally:
            metrics.STREAMS.dec()
            self._open[user_id] -= 1
            self._open += Counter()  # forgets who has none
