"""The one error whose message is written for the person who uses attnviz."""


class AttnvizError(ValueError):
    """Something a person typed or chose cannot be shown.

    The message is a sentence (or two): what is wrong and what to do about it. The page shows it
    as it stands; everything else goes to the log.
    """
