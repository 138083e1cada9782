"""How often and how long the engine looks, asks and waits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds. Those for an answer last from the call to the answer's last byte, however it trickles."""

    poll: float = 1.0  # between looks at a job or a queue
    look: float = 2.0  # for a server to say how it is; a later answer counts when it comes
    glance: float = 5.0  # for an answer that says how a server is: queue, lists, version
    answer: float = 10.0  # for any other answer
    file: float = 60.0  # for a picture
    socket: float = 1.0  # for the socket to open before a job is submitted all the same
    grace: float = 5.0  # for a server with a job to answer again
    patience: float = 60.0  # for any server to answer, or for a full one to have room
    cancel: float = 10.0  # for a cancelled job to stop
    pause: float = 5.0  # for a server that fails again and again, at first
    job: float = 1800.0  # for a job without progress
