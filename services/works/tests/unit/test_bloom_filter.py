"""What was put in is there; what was not hardly ever is, and not in two filters alike."""

from works.sweeps import BloomFilter

OTHERS = [f"works/{number:032x}.png" for number in range(20_000)]


def test_whatever_was_added_is_there() -> None:
    shown = BloomFilter()
    for key in OTHERS:
        shown.add(key)
    assert all(key in shown for key in OTHERS)


def test_what_was_not_added_is_not_there() -> None:
    shown = BloomFilter()
    for number in range(20_000):
        shown.add(f"works/{number:032x}-thumb.webp")
    assert not any(key in shown for key in OTHERS)  # but for one run in 25 million


def test_what_is_there_by_chance_is_not_in_the_next_filter() -> None:
    class Crowded(BloomFilter):
        BITS = 1 << 14

    def by_chance() -> set[str]:
        shown = Crowded()
        for number in range(4000):
            shown.add(str(number))
        return {key for key in OTHERS if key in shown}

    first, second = by_chance(), by_chance()
    assert len(OTHERS) / 10 < len(first) < len(OTHERS) / 2
    assert len(first & second) < len(first) / 2
