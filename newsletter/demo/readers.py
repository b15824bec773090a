"""Twelve readers with different choices, languages and states; they sign up as any reader does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reader:
    """A reader of the demo: what is chosen of which publication, and what becomes of the subscription."""

    name: str
    publication: str
    categories: tuple[str, ...]  # slugs; empty means all
    language: str = "ko"
    note: str = ""  # "", "unconfirmed", "left" or "paused"

    @property
    def email(self) -> str:
        """The reader's address, in a domain that no mail ever reaches."""
        return f"{self.name}@example.org"


READERS = [
    Reader("minji", "papers", ("llm", "multimodal")),
    Reader("junho", "papers", ("computer-vision", "robotics", "video-generation")),
    Reader("seoyeon", "papers", ()),
    Reader("doyun", "papers", ("ai-security", "ai-alignment", "ml-ethics")),
    Reader("haeun", "papers", ("tabular",), note="nothing chosen is in today's digest"),
    Reader("jiwoo", "papers", ("llm",), note="unconfirmed"),
    Reader("sujin", "papers", ("llm", "computer-vision"), note="left"),
    Reader("yejun", "papers", ("nlp", "audio"), note="paused"),
    Reader("eunji", "news", ()),
    Reader("taeho", "news", ("ai-business", "ai-policy")),
    Reader("alice", "papers-en", ("llm", "reinforcement-learning"), language="en"),
    Reader("bob", "papers-en", (), language="en"),
]
