"""Stock-takes: planned, counted, closed, signed, and what becomes of what differs."""

from api.client.transport import Transport
from fleet.contracts.stocktakes import (
    CountIn,
    CountOut,
    DifferenceIn,
    DifferenceQuery,
    StocktakeCancelIn,
    StocktakeCloseIn,
    StocktakeForeseen,
    StocktakeIn,
    StocktakeItemOut,
    StocktakeItemQuery,
    StocktakeOut,
    StocktakeQuery,
    StocktakeVerifiedOut,
)
from fleet.contracts.wire import Page


class Stocktakes(Transport):
    def stocktakes(self, query: StocktakeQuery | None = None) -> Page[StocktakeOut]:
        return self._get(Page[StocktakeOut], "stocktakes", query=query)

    def foresee_stocktake(self, body: StocktakeIn) -> StocktakeForeseen:
        return self._post(StocktakeForeseen, "stocktakes", "foreseen", body=body)

    def plan_stocktake(self, body: StocktakeIn) -> StocktakeOut:
        """Write down scope and seed; with `begin`, draw what is to be found at once."""
        return self._post(StocktakeOut, "stocktakes", body=body)

    def stocktake(self, number: str) -> StocktakeOut:
        return self._get(StocktakeOut, "stocktakes", number)

    def items_of_stocktake(
        self, number: str, query: StocktakeItemQuery | None = None
    ) -> Page[StocktakeItemOut]:
        return self._get(Page[StocktakeItemOut], "stocktakes", number, "items", query=query)

    def begin_stocktake(self, number: str) -> StocktakeOut:
        return self._post(StocktakeOut, "stocktakes", number, "begin")

    def count_stocktake(self, number: str, body: CountIn) -> CountOut:
        """Note what a person found; the same sent again has the effect of one."""
        return self._post(CountOut, "stocktakes", number, "count", body=body)

    def close_stocktake(self, number: str, body: StocktakeCloseIn) -> StocktakeOut:
        return self._post(StocktakeOut, "stocktakes", number, "close", body=body)

    def sign_stocktake(self, number: str) -> StocktakeOut:
        return self._post(StocktakeOut, "stocktakes", number, "sign")

    def cancel_stocktake(self, number: str, body: StocktakeCancelIn) -> StocktakeOut:
        return self._post(StocktakeOut, "stocktakes", number, "cancel", body=body)

    def verify_stocktake(self, number: str) -> StocktakeVerifiedOut:
        return self._get(StocktakeVerifiedOut, "stocktakes", number, "verify")

    def resolve_difference(self, number: str, body: DifferenceIn) -> StocktakeItemOut:
        return self._post(StocktakeItemOut, "stocktakes", number, "resolve", body=body)

    def stocktake_differences(self, query: DifferenceQuery | None = None) -> Page[StocktakeItemOut]:
        return self._get(Page[StocktakeItemOut], "stocktake-differences", query=query)
