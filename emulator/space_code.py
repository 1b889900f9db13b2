"""What the engine derived from the code of one address space: block descriptors, patched words."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator import page_entry, record
from emulator.aimc_sites import PATCH_WORD, AimcSites
from emulator.block import BlockTable
from emulator.memory import PAGE_SIZE, GuestMemory, Protection

_BLOCKS = record.field(record.ENGINE, "blocks")
_BLOCK_MASK = record.field(record.ENGINE, "block_mask")
_BLOCK_TABLE = record.field(record.ENGINE, "block_table")
_SITES = record.field(record.ENGINE, "sites")
_SITE_MASK = record.field(record.ENGINE, "site_mask")


@dataclass
class SpaceCode:
    """Tables that compiled hooks search; they belong to an address space because their keys are virtual addresses."""

    blocks: BlockTable
    sites: AimcSites = field(default_factory=AimcSites)
    forbidden: dict[int, int] = field(default_factory=dict)
    """Instructions (address: word) that Unicorn would execute although they are not announced."""

    def attach(self, memory: GuestMemory) -> None:
        """Tell compiled code which tables belong to an address space."""
        memory.record[0]["block_table"] = self.blocks.address
        memory.record[0]["site_table"] = record.address_of(self.sites.record)

    def copy(self, blocks: BlockTable) -> SpaceCode:
        """For a copy of the address space, which describes its blocks again as it enters them: most leave them soon."""
        return SpaceCode(blocks, self.sites.copy(), dict(self.forbidden))

    def publish(self, engine: memoryview) -> None:
        """Tell the hooks where the tables are: `engine` is the words of the ENGINE record."""
        blocks, sites = self.blocks, self.sites
        engine[_BLOCKS] = blocks.slots
        engine[_BLOCK_MASK] = blocks.mask
        engine[_BLOCK_TABLE] = blocks.address
        engine[_SITES] = sites.address
        engine[_SITE_MASK] = sites.mask

    def forget(self, memory: GuestMemory, start: int, end: int) -> list[int]:
        """Forget what was derived from code in [start, end); words that are still patches become the program's again.

        Gives the addresses whose words changed.
        """
        changed = []
        for address, word in self.sites.remove(start, end).items():
            del memory.shadow[address]
            if mend(memory, address, PATCH_WORD, word):
                changed.append(address)
        for address in [at for at in self.forbidden if start < at + 4 and at < end]:
            word = self.forbidden.pop(address)
            del memory.shadow[address]
            if mend(memory, address, 0, word):
                changed.append(address)
        self.blocks.drop(start, end)
        return changed


def poke(memory: GuestMemory, address: int, word: int) -> None:
    """Replace an instruction word of this address space. Others see it only if they map the page as shared memory."""
    shared = memory.entry(address) & page_entry.SHARED
    # Not as a write of the program, which would have a shared file written back.
    frame = memory.frame(address, Protection.READ if shared else Protection.WRITE)
    offset = address % PAGE_SIZE
    memory.physical.page(frame)[offset : offset + 4] = word.to_bytes(4, "little")


def mend(memory: GuestMemory, address: int, patch: int, word: int) -> bool:
    """Put the program's word in the place of a patch that is still there; whether it was."""
    if not memory.is_mapped(address, 4):
        return False
    page = memory.physical.page(memory.frame(address))
    offset = address % PAGE_SIZE
    if page[offset : offset + 4] != patch.to_bytes(4, "little"):
        return False
    poke(memory, address, word)
    return True
