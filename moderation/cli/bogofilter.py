"""bogofilter, a filter for mail, as a rival to measure against: each comment is given to it as a message."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from types import TracebackType

import click

from moderation.spam.types import Submission

SECONDS = 30
"""How long it may take over one comment, and a tenth of a second more for each further one. Milliseconds are usual."""
_UNSURE = 0.5
_FROM = re.compile(r"^From ", re.MULTILINE)
_SPAM, _HAM, _NEITHER = 0, 1, 2


class BogofilterError(click.ClickException):
    """bogofilter is not there, or does not answer as it should."""

    exit_code = 2


class Bogofilter:
    """bogofilter with a word list of its own, which goes away with it. Use it in a ``with`` block.

    No settings are read but its defaults.

    :raises BogofilterError: where it is not installed, fails, or takes too long.
    """

    name = "bogofilter"

    def __init__(self) -> None:
        found = shutil.which("bogofilter")
        if found is None:
            raise BogofilterError(
                "bogofilter is not installed here (on Debian: apt-get install bogofilter), so there is nothing to "
                "measure against."
            )
        self._program = found
        self._folder = tempfile.TemporaryDirectory(prefix="bogofilter-")
        self._taught = False

    def __enter__(self) -> "Bogofilter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def score(self, submission: Submission) -> float:
        """The probability of spam; one half while nothing has been learned."""
        return self.score_all([submission])[0]

    def learn(self, submission: Submission, *, spam: bool) -> None:
        """Learn one decision."""
        self.learn_all([submission], spam=spam)

    def score_all(self, submissions: Sequence[Submission]) -> list[float]:
        """As ``score``, of many at once."""
        if not self._taught:
            return [_UNSURE] * len(submissions)
        # Sixteen places, since the six that it shows otherwise would make ties of all that it is sure about.
        shown = self._run(submissions, "-v", "--header-format=%p", "--spamicity-formats=%0.16f").split()
        try:
            found = [min(1.0, max(0.0, float(one))) for one in shown]
        except ValueError:
            found = []
        if len(found) != len(submissions):
            raise BogofilterError(f"bogofilter answered {' '.join(shown)[:60]!r} where numbers were expected.")
        return found

    def learn_all(self, submissions: Sequence[Submission], *, spam: bool) -> None:
        """As ``learn``, of many at once."""
        if submissions:
            self._run(submissions, "-s" if spam else "-n")
            self._taught = True

    def _run(self, submissions: Sequence[Submission], *options: str) -> str:
        command = [self._program, "-C", "-M", "-d", self._folder.name, *options]
        seconds = SECONDS + len(submissions) / 10
        try:
            done = subprocess.run(  # noqa: S603  # a program found on the path, and options of ours
                command, input=mailbox(submissions), capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise BogofilterError(f"bogofilter took more than {seconds:.0f} seconds.") from None
        except OSError as fault:
            raise BogofilterError(f"bogofilter cannot be run: {fault}.") from None
        if done.returncode not in (_SPAM, _HAM, _NEITHER):
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise BogofilterError(f"bogofilter failed: {said[0] if said else f'exit code {done.returncode}'}")
        return done.stdout.decode("utf-8", "replace")


def mailbox(submissions: Iterable[Submission]) -> bytes:
    """Comments as a mailbox."""
    return b"".join(b"From comment\n" + message_of(submission) + b"\n" for submission in submissions)


def message_of(submission: Submission) -> bytes:
    """A comment as a message: the author and the website in the head, the text as its body."""
    author, email, url = (" ".join(field.split()) for field in (submission.author, submission.email, submission.url))
    # A line that begins with "From " would begin another message.
    body = _FROM.sub(">From ", submission.text.replace("\r\n", "\n").replace("\r", "\n"))
    head = f"From: {author} <{email}>\nX-Website: {url}\nContent-Type: text/plain; charset=utf-8\n"
    return f"{head}\n{body}\n".encode("utf-8", "replace").replace(b"\0", b" ")
