"""A set of fingerprints of eight bytes that takes little memory, to find the repeated addresses of a large file.

Half a million numbers take 8 MB; Python's own set of them takes about 50, of the 200 MB that an import may have.
"""

from array import array
from collections.abc import Iterable

_EMPTY = 0
_FIRST_SLOTS = 1024  # a power of two, so that the low bits of a fingerprint are its slot


class FingerprintSet:
    """Fingerprints from 0 to 2**64 - 1 in an open hash table with linear probing; 0 and 1 count as one fingerprint."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def __contains__(self, fingerprint: object) -> bool:
        return isinstance(fingerprint, int) and self._slots[self._find_slot(fingerprint or 1)] != _EMPTY

    def __ior__(self, fingerprints: Iterable[int]) -> "FingerprintSet":
        for fingerprint in fingerprints:
            self._add(fingerprint or 1)
        return self

    def _add(self, fingerprint: int) -> None:
        slot = self._find_slot(fingerprint)
        if self._slots[slot] != _EMPTY:
            return
        self._slots[slot] = fingerprint
        self._count += 1
        if self._count * 3 > len(self._slots) * 2:  # fuller tables are searched for long
            old, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
            for one in old:
                if one != _EMPTY:
                    self._slots[self._find_slot(one)] = one

    def _find_slot(self, fingerprint: int) -> int:
        """Return the slot that has the fingerprint, else the free one where it belongs."""
        slots, mask = self._slots, len(self._slots) - 1
        slot = fingerprint & mask
        while slots[slot] not in {_EMPTY, fingerprint}:
            slot = (slot + 1) & mask
        return slot
