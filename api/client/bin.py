"""The recycle bin, and records that become one."""

from api.client.transport import Transport
from fleet.contracts.bin import BinEntryOut, BinQuery, DeleteIn, MergeIn, PurgeIn, RestoreIn
from fleet.contracts.wire import Page


class Bin(Transport):
    def bin_entries(self, query: BinQuery | None = None) -> Page[BinEntryOut]:
        return self._get(Page[BinEntryOut], "bin", query=query)

    def bin_entry(self, number: str) -> BinEntryOut:
        return self._get(BinEntryOut, "bin", number)

    def delete_record(self, body: DeleteIn) -> BinEntryOut:
        return self._post(BinEntryOut, "bin", body=body)

    def merge_records(self, body: MergeIn) -> BinEntryOut:
        return self._post(BinEntryOut, "merges", body=body)

    def restore_record(self, number: str, body: RestoreIn) -> BinEntryOut:
        return self._post(BinEntryOut, "bin", number, "restore", body=body)

    def purge_entry(self, number: str, body: PurgeIn) -> BinEntryOut:
        return self._post(BinEntryOut, "bin", number, "purge", body=body)
