"""The service's streams, by category."""

from common.event_store import EventStore, Streams
from common.events import State
from works.domain import comment, reactions, work


class Journal:
    """Every stream that decisions are made on, over one store."""

    def __init__(self, store: EventStore) -> None:
        self.store = store
        self.works = Streams(store, "work", work.Work(), work.evolve)
        self.likes = Streams(store, "like", reactions.Like(), reactions.evolve_like)
        self.viewers = Streams(store, "view", reactions.Viewer(), reactions.evolve_viewer)
        self.ratings = Streams(store, "rating", reactions.Rating(), reactions.evolve_rating)
        self.comments = Streams(store, "comment", comment.Comment(), comment.evolve)
        self.originals = Streams(store, "original", State(), lambda state, _: state)
