"""Titles, descriptions and comments of the length and look of real ones, from a seeded generator."""

from __future__ import annotations

import random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


VERBS = _words(
    "Add Audit Cache Clean Convert Cover Debounce Deduplicate Deprecate Document Drop Extract Fix Flatten "
    "Guard Harden Inline Instrument Introduce Investigate Log Migrate Move Paginate Parallelise Pin "
    "Profile Refactor Reject Rename Replace Retry Review Rework Sanitise Simplify Speed Split Stabilise "
    "Stream Test Throttle Trim Unify Upgrade Validate Verify Wrap"
)
ADJECTIVES = _words(
    "async broken concurrent duplicate empty expired flaky global hidden incremental internal large "
    "legacy local missing naïve nested noisy obsolete optional partial public redundant remote shared "
    "silent slow stale temporary unused verbose weekly"
)
NOUNS = _words(
    "adapter alert archive backup badge banner batch cache calendar checkout client column config "
    "connection cookie counter cursor dashboard database diff digest editor endpoint error event export "
    "façade fallback feed filter fixture form gateway graph handler header heartbeat histogram hook "
    "import index installer invoice job key layer layout lease ledger limit link loader lock logger login "
    "mailer manifest menu merge metric migration mirror monitor notification parser password patch "
    "payload permission pipeline plugin pool preview probe profile prompt proxy query queue quota receipt "
    "record redirect registry release renderer report request resolver response retry role router runner "
    "sandbox schema scheduler search segment session setting shard sidebar snapshot socket stream summary "
    "table tag template test thread throttle timeout token tooltip tracker transaction trigger upload "
    "validator vector view warning webhook widget worker"
)
TAILS = _phrases(
    "after a restart|before the release|for guests|for large files|for the Zürich office|in CI|"
    "in dark mode|in strict mode|in the nightly build|on Windows|on slow networks|over IPv6|"
    "when offline|when the disk is full|with 10,000 rows|with an empty list|without a token|日本語 input|"
    "→ v2 API|(again)"
)
STARTS = _phrases(
    "We noticed that|It turns out that|The report says that|Since last week|In review it came up that|"
    "Today|On the staging system|As discussed,|For the record:|Steps to reproduce: open the page;|"
    "Expected:|Instead"
)
VERB_PHRASES = _phrases(
    "is read twice before|never reaches|does not agree with|waits for|loses the order of|ignores|"
    "still points at|is rebuilt for every|should replace|fails quietly when there is no|"
    "costs more than|hides an error of|must be closed before|grows without bound beside|“shadows”|"
    "keeps a copy of"
)
LABELS = _words(
    "api auth backend billing blocked-upstream breaking ci cleanup cli customer data database docs dx "
    "easy frontend good-first-issue help-wanted i18n infra needs-design needs-repro networking "
    "observability packaging performance q1 q2 q3 q4 regression release reliability research search "
    "security storage tech-debt tests triage ui upgrade ux wip"
)
PEOPLE = _words(
    "ada alan anita barbara bjarne chen dennis edsger frances grace guido hedy ivan jean katherine ken "
    "leslie linus margaret niklaus radia shafi søren zoë"
)


def title(rng: random.Random) -> str:
    """Three to nine words, as people name a task."""
    words = [rng.choice(VERBS), "the", rng.choice(NOUNS), rng.choice(NOUNS)]
    if rng.random() < 0.4:
        words.insert(2, rng.choice(ADJECTIVES))
    if rng.random() < 0.35:
        words.append(rng.choice(TAILS))
    return " ".join(words)


def sentence(rng: random.Random) -> str:
    """One sentence about parts of a program."""
    return (
        f"{rng.choice(STARTS)} the {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(VERB_PHRASES)} "
        f"the {rng.choice(NOUNS)} {rng.choice(NOUNS)}."
    )


def text(rng: random.Random, mean: float) -> str:
    """About ``mean`` sentences, at least one; now and then a list or a code block."""
    count = min(int(rng.expovariate(1 / mean)) + 1, 60)
    parts = [sentence(rng) for _ in range(count)]
    if count > 3 and rng.random() < 0.5:
        parts[1:] = ["\n- " + part for part in parts[1:]]
    elif count > 6:
        parts.insert(3, f'\n\n```\n$ run --{rng.choice(NOUNS)} "{rng.choice(NOUNS)}"\t# exit 1\n```\n\n')
    return " ".join(parts)


def labels(rng: random.Random) -> list[str]:
    """None to six labels, three on average, a few of them much more common than the rest."""
    count = rng.choice((0, 1, 2, 3, 3, 3, 4, 4, 4, 6))
    found: dict[str, None] = {}
    while len(found) < count:
        found[LABELS[int(len(LABELS) * rng.random() ** 2)]] = None
    return sorted(found)
