"""The API's documents, for everybody: `/api/openapi.json`, `/api/asyncapi.json`, and `/api/docs` to read them."""

from gateway.documents.pages import routes
from gateway.documents.sources import Documents, Source, fetched

__all__ = ["Documents", "Source", "fetched", "routes"]
