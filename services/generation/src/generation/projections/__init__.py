"""Read models of generation and the queries on them."""

from generation.projections.accounts import ACCOUNTS
from generation.projections.pool import POOL_SERVERS
from generation.projections.tasks import TASKS

VIEWS = (TASKS, ACCOUNTS, POOL_SERVERS)
